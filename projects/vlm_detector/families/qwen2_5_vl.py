"""Qwen2.5-VL: boxes as JSON in pixels of the resized picture."""

from __future__ import annotations

from typing import Any

from vlm_detector.families.family import Family
from vlm_detector.families.qwen3_vl import QWEN_LANGUAGE, QWEN_TOKENS
from vlm_detector.families.qwen_encoder import QwenEncoder


class Qwen25VL(Family):
    """Qwen2.5-VL. Patches of 14 pixels, 2 x 2 of them a token; windowed vision attention.

    The MLP layers of the vision tower have the names of those of the language model.
    """

    name = 'qwen2_5_vl'
    model_type = 'qwen2_5_vl'
    codec_name = 'qwen2_5'
    encoder_decoder = False
    required_tokens = QWEN_TOKENS
    part_prefixes = {
        'language': ('model.language_model', 'lm_head'),
        'projector': ('model.visual.merger',),
        'vision': ('model.visual',),
    }
    target_patterns = {
        'language': QWEN_LANGUAGE,
        'projector': r'model\.visual\.merger\.mlp\.[02]',
        'vision': (
            r'model\.visual\.blocks\.\d+\.(?:attn\.(?:qkv|proj)|mlp\.(?:gate|up|down)_proj)'
        ),
    }

    def _encoder(self, located, processor: Any, config: dict, *, pixel_limits) -> QwenEncoder:
        return QwenEncoder(self, located, processor=processor, pixel_limits=pixel_limits)
