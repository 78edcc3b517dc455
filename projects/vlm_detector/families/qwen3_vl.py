"""Qwen3-VL: boxes as JSON with coordinates from 0 to 1000."""

from __future__ import annotations

from typing import Any

from vlm_detector.families.family import Family
from vlm_detector.families.qwen_encoder import QwenEncoder

QWEN_TOKENS = (
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
    '<|vision_start|>',
    '<|vision_end|>',
    '<|image_pad|>',
)
QWEN_LANGUAGE = (
    r'model\.language_model\.layers\.\d+\.'
    r'(?:self_attn\.(?:q|k|v|o)_proj|mlp\.(?:gate|up|down)_proj)'
)


class Qwen3VL(Family):
    """Qwen3-VL (dense). Patches of 16 pixels, 2 x 2 of them a token; deepstack mergers."""

    name = 'qwen3_vl'
    model_type = 'qwen3_vl'
    codec_name = 'qwen3'
    encoder_decoder = False
    required_tokens = QWEN_TOKENS
    part_prefixes = {
        'language': ('model.language_model', 'lm_head'),
        'projector': ('model.visual.merger', 'model.visual.deepstack_merger_list'),
        'vision': ('model.visual',),
    }
    target_patterns = {
        'language': QWEN_LANGUAGE,
        'projector': r'model\.visual\.(?:merger|deepstack_merger_list\.\d+)\.linear_fc[12]',
        'vision': r'model\.visual\.blocks\.\d+\.(?:attn\.(?:qkv|proj)|mlp\.linear_fc[12])',
    }

    def _encoder(self, located, processor: Any, config: dict, *, pixel_limits) -> QwenEncoder:
        return QwenEncoder(self, located, processor=processor, pixel_limits=pixel_limits)
