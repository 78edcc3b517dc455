"""Florence-2 (native classes of transformers): boxes as location tokens."""

from __future__ import annotations

from typing import Any

from vl_runtime.errors import InputValueError
from vlm_detector.families.family import Family
from vlm_detector.families.florence2_encoder import Florence2Encoder
from vlm_detector.families.model_source import ModelSource, read_optional_json


class Florence2(Family):
    """Florence-2: DaViT in front of BART; pictures of one fixed square size.

    The feed-forward layers of both are called fc1 and fc2.
    """

    name = 'florence2'
    model_type = 'florence2'
    codec_name = 'florence2'
    encoder_decoder = True
    required_tokens = ('<s>', '</s>', '<pad>', '<image>', *(f'<loc_{i}>' for i in range(1000)))
    part_prefixes = {
        'language': ('model.language_model', 'lm_head'),
        'projector': ('model.multi_modal_projector',),
        'vision': ('model.vision_tower',),
    }
    target_patterns = {
        'language': (
            r'model\.language_model\.(?:encoder|decoder)\.layers\.\d+\.'
            r'(?:(?:self_attn|encoder_attn)\.(?:q|k|v|out)_proj|fc[12])'
        ),
        'projector': r'model\.multi_modal_projector\.image_projection',
        'vision': (
            r'model\.vision_tower\.blocks\.\d+\.\d+\.(?:spatial|channel)_block\.'
            r'(?:(?:window_attn|channel_attn)\.(?:qkv|proj)|ffn\.fc[12])'
        ),
    }

    def _encoder(
        self, located: ModelSource, processor: Any, config: dict, *, pixel_limits
    ) -> Florence2Encoder:
        if pixel_limits != (None, None):
            raise InputValueError(
                f'min_pixels and max_pixels: {self.name} sees every picture at one size, found '
                f'{pixel_limits[0]} and {pixel_limits[1]}; leave them out.'
            )
        return Florence2Encoder(
            self,
            located,
            processor=processor,
            decoder_prefix_ids=_decoder_prefix(located, config),
        )


def _decoder_prefix(located: ModelSource, config: dict) -> tuple[int, ...]:
    """What the decoder reads before the answer: its start token, and one that it is forced to.

    Released weights were trained with both.
    """
    places = [
        read_optional_json(located, 'generation_config.json'),
        config.get('text_config') or {},
        config,
    ]

    def first(key: str) -> int | None:
        return next((place[key] for place in places if place.get(key) is not None), None)

    start, forced = first('decoder_start_token_id'), first('forced_bos_token_id')
    if start is None:
        raise InputValueError(
            f'{located.folder}: expected decoder_start_token_id in config.json, found none.'
        )
    return (start,) if forced is None else (start, forced)
