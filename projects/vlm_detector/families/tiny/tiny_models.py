"""Folders with small vision-language models of the genuine transformers classes.

A folder holds what a released model's folder holds: config, safetensors, tokenizer,
chat template, processor files. ``AutoProcessor`` and ``AutoModelForImageTextToText``
open it without network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputKeyError
from vlm_detector.families.tiny import tiny_sizes
from vlm_detector.families.tiny.smooth_tables import set_rows, smooth_rows, square_table
from vlm_detector.families.tiny.tiny_tokenizers import (
    FLORENCE_TASK_TOKENS,
    tiny_florence_tokenizer,
    tiny_qwen_tokenizer,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel, ProcessorMixin

_IMAGE_ITEMS = (
    '{%- if message.content is string %}{{ message.content }}{%- else %}'
    '{%- for item in message.content %}'
    "{%- if item.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{%- elif item.type == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    '{%- else %}{{ item.text }}{%- endif %}{%- endfor %}{%- endif %}'
)
_CHATML = (
    "{%- for message in messages %}SYSTEM{{ '<|im_start|>' + message.role + '\n' }}"
    + _IMAGE_ITEMS
    + "{{ '<|im_end|>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}"
)
QWEN3_VL_TEMPLATE = _CHATML.replace('SYSTEM', '')
# The released Qwen2.5-VL template puts a system message first when there is none.
QWEN2_5_VL_TEMPLATE = _CHATML.replace(
    'SYSTEM',
    "{%- if loop.first and message.role != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{%- endif %}",
)


def save_tiny_model(
    family_name: str,
    folder: str | Path,
    *,
    size: str = 'test',
    corpus: Iterable[str] = (),
    seed: int = 0,
) -> Path:
    """Write a model with random weights that looks like a released one.

    Args:
        family_name: ``qwen3_vl``, ``qwen2_5_vl`` or ``florence2``.
        folder: where the files go; made when missing.
        size: ``test`` for unit tests, ``demo`` for one that learns on a CPU within minutes.
        corpus: texts whose words become single tokens, beside some common ones.
        seed: of the weights; equal arguments give equal files.

    Returns:
        ``folder`` as a path.

    Raises:
        InputKeyError: unknown family or size.
    """
    for name, value, known in (
        ('family', family_name, TINY_FAMILIES),
        ('size', size, tiny_sizes.SIZES),
    ):
        if value not in known:
            raise InputKeyError(
                f'tiny model: expected {name} to be one of {", ".join(known)}, found {value!r}.'
            )
    folder = Path(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, processor = TINY_FAMILIES[family_name](size, tuple(corpus))
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _qwen3_vl(size: str, corpus: Iterable[str]) -> tuple[PreTrainedModel, ProcessorMixin]:
    transformers = _transformers()
    values, tokenizer = tiny_sizes.QWEN3_VL[size], tiny_qwen_tokenizer(corpus)
    config = transformers.Qwen3VLConfig(
        text_config=dict(
            **values['text'],
            **_qwen_text(tokenizer, values['mrope_section'], mrope_interleaved=True),
        ),
        vision_config=_qwen_vision(values),
        **_qwen_outer(tokenizer),
    )
    model = transformers.Qwen3VLForConditionalGeneration(config)
    table = model.model.visual.pos_embed
    places = square_table(
        math.isqrt(len(table.weight)),
        table.embedding_dim,
        tiny_sizes.POSITION_TABLE_STD,
        tiny_sizes.DIGIT_LENGTH,
    )
    set_rows(table, slice(None), places)
    _set_numbers(model, tokenizer, map(str, range(10)), tiny_sizes.DIGIT_LENGTH)
    _set_generation(model, tokenizer)
    processor = transformers.Qwen3VLProcessor(
        tokenizer=tokenizer,
        chat_template=QWEN3_VL_TEMPLATE,
        image_processor=_qwen_images(transformers.Qwen2VLImageProcessor, values, clip=False),
        video_processor=_qwen_images(transformers.Qwen3VLVideoProcessor, values, clip=False),
    )
    return model, processor


def _qwen2_5_vl(size: str, corpus: Iterable[str]) -> tuple[PreTrainedModel, ProcessorMixin]:
    transformers = _transformers()
    values, tokenizer = tiny_sizes.QWEN2_5_VL[size], tiny_qwen_tokenizer(corpus)
    config = transformers.Qwen2_5_VLConfig(
        text_config=dict(
            **values['text'],
            **_qwen_text(tokenizer, values['mrope_section']),
            max_window_layers=values['text']['num_hidden_layers'],
        ),
        vision_config=_qwen_vision(values),
        **_qwen_outer(tokenizer),
    )
    model = transformers.Qwen2_5_VLForConditionalGeneration(config)
    _set_numbers(model, tokenizer, map(str, range(10)), tiny_sizes.DIGIT_LENGTH)
    _set_generation(model, tokenizer)
    processor = transformers.Qwen2_5_VLProcessor(
        tokenizer=tokenizer,
        chat_template=QWEN2_5_VL_TEMPLATE,
        image_processor=_qwen_images(transformers.Qwen2VLImageProcessor, values, clip=True),
        video_processor=_qwen_images(transformers.Qwen2VLVideoProcessor, values, clip=True),
    )
    return model, processor


def _florence2(size: str, corpus: Iterable[str]) -> tuple[PreTrainedModel, ProcessorMixin]:
    transformers = _transformers()
    values, tokenizer = tiny_sizes.FLORENCE2[size], tiny_florence_tokenizer(corpus)
    config = transformers.Florence2Config(
        text_config=_bart_text(tokenizer, values['text']),
        vision_config=_davit_vision(values),
        image_token_id=tokenizer.image_token_id,
        tie_word_embeddings=True,
    )
    model = transformers.Florence2ForConditionalGeneration(config)
    side = values['side'] // math.prod(values['vision']['patch_stride'])
    locations = [token for token in FLORENCE_TASK_TOKENS if token.startswith('<loc_')]
    _set_numbers(model, tokenizer, locations, tiny_sizes.LOCATION_LENGTH)
    projector = model.model.multi_modal_projector.image_position_embed
    for table in (projector.row_embeddings, projector.column_embeddings):
        places = smooth_rows(
            side,
            table.embedding_dim,
            tiny_sizes.FLORENCE_POSITION_STD,
            tiny_sizes.LOCATION_LENGTH,
        )
        set_rows(table, slice(side), places)
    _set_generation(model, tokenizer)
    images = transformers.CLIPImageProcessor(
        size=dict(height=values['side'], width=values['side']),
        do_center_crop=False,
        resample=3,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    images.image_seq_length = side**2 + 1
    processor = transformers.Florence2Processor(
        image_processor=images,
        tokenizer=tokenizer,
        post_processor_config=_florence_post_processing(),
    )
    return model, processor


TINY_FAMILIES: dict[str, Callable] = {
    'qwen3_vl': _qwen3_vl,
    'qwen2_5_vl': _qwen2_5_vl,
    'florence2': _florence2,
}


def _qwen_text(tokenizer: object, mrope_section: list[int], **rope: object) -> dict:
    return dict(
        vocab_size=len(tokenizer),
        max_position_embeddings=4096,
        initializer_range=tiny_sizes.START_STD,
        rope_parameters=dict(
            rope_type='default', rope_theta=10000.0, mrope_section=mrope_section, **rope
        ),
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _qwen_vision(values: dict) -> dict:
    return dict(
        **values['vision'],
        out_hidden_size=values['text']['hidden_size'],
        spatial_merge_size=2,
        temporal_patch_size=2,
        initializer_range=tiny_sizes.START_STD,
    )


def _qwen_outer(tokenizer: object) -> dict:
    ids = tokenizer.convert_tokens_to_ids
    return dict(
        image_token_id=ids('<|image_pad|>'),
        video_token_id=ids('<|video_pad|>'),
        vision_start_token_id=ids('<|vision_start|>'),
        vision_end_token_id=ids('<|vision_end|>'),
        tie_word_embeddings=True,
    )


def _qwen_images(processor_class: type, values: dict, *, clip: bool) -> object:
    """An image or video processor; ``clip``: CLIP's mean and std instead of 0.5."""
    patch = values['vision']['patch_size']
    pixels = [count * (2 * patch) ** 2 for count in values['tokens']]
    return processor_class(
        patch_size=patch,
        merge_size=2,
        temporal_patch_size=2,
        image_mean=[0.48145466, 0.4578275, 0.40821073] if clip else [0.5] * 3,
        image_std=[0.26862954, 0.26130258, 0.27577711] if clip else [0.5] * 3,
        # Pixel counts in spite of their names.
        size=dict(shortest_edge=pixels[0], longest_edge=pixels[1]),
    )


def _bart_text(tokenizer: object, values: dict) -> dict:
    sides = {
        f'{side}_{name}': values[key]
        for side in ('encoder', 'decoder')
        for name, key in (
            ('layers', 'layers'),
            ('attention_heads', 'heads'),
            ('ffn_dim', 'ffn_dim'),
        )
    }
    return dict(
        model_type='bart',
        vocab_size=len(tokenizer),
        d_model=values['d_model'],
        **sides,
        max_position_embeddings=values['max_position_embeddings'],
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        init_std=tiny_sizes.START_STD,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_bos_token_id=None,
        forced_eos_token_id=None,
        scale_embedding=False,
    )


def _davit_vision(values: dict) -> dict:
    return dict(
        **values['vision'],
        depths=[1, 1, 1, 1],
        patch_size=[7, 3, 3, 3],
        patch_padding=[3, 1, 1, 1],
        patch_prenorm=[False, True, True, True],
        num_heads=[2, 2, 4, 4],
        num_groups=[2, 2, 4, 4],
        window_size=4,
        projection_dim=values['text']['d_model'],
        max_position_embeddings=50,
        max_temporal_embeddings=100,
        drop_path_rate=0.0,
        initializer_range=tiny_sizes.START_STD,
    )


def _florence_post_processing() -> dict:
    """The least that the library's own parser of answers needs."""
    tasks = (
        'phrase_grounding',
        'pure_text',
        'description_with_bboxes',
        'description_with_polygons',
        'polygons',
        'bboxes',
        'description_with_bboxes_or_polygons',
    )
    location = r'<loc_(\d+)>'
    return {
        **{task: {} for task in tasks},
        'phrase_grounding': {'banned_grounding_tokens': []},
        'ocr': {'PATTERN': r'(.+?)' + 8 * location, 'AREA_THRESHOLD': 0.0},
    }


def _set_numbers(
    model: PreTrainedModel, tokenizer: object, tokens: Iterable[str], length: float
) -> None:
    """Let the embeddings of numbers, 0 first, start in their order."""
    ids = [tokenizer.convert_tokens_to_ids(token) for token in tokens]
    table = model.get_input_embeddings()
    rows = smooth_rows(len(ids), table.embedding_dim, tiny_sizes.START_STD, length)
    set_rows(table, ids, rows)


def _set_generation(model: PreTrainedModel, tokenizer: object) -> None:
    """Greedy; ends at the family's end token (Qwen: also at the end of text)."""
    ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    encoder_decoder = model.config.is_encoder_decoder
    model.generation_config = _transformers().GenerationConfig(
        do_sample=False,
        eos_token_id=ends[:1] if encoder_decoder else ends,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id if encoder_decoder else None,
    )


def _transformers() -> object:
    return require('transformers', 'A tiny vision-language model', "pip install 'mmground[vlm]'")
