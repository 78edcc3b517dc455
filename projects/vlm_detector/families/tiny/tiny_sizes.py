"""Widths and depths of the tiny models: ``test`` (seconds) and ``demo`` (learns on a CPU)."""

from __future__ import annotations

SIZES = ('test', 'demo')
# std of the start values; the library's 0.02 left models that are trained from nothing at chance.
START_STD = 0.08
# The released tables are learnt; a random one must tell the places apart from the first step.
POSITION_TABLE_STD = 1.0
FLORENCE_POSITION_STD = 0.3
# Over which numbers and places are alike, as a part of all: 3 of 10 digits, 150 of 1000 tokens.
DIGIT_LENGTH = 0.3
LOCATION_LENGTH = 0.15

# What both Qwen families have: the language part, and the vision part without its patches.
_QWEN = {
    'test': dict(
        text=dict(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
        ),
        mrope_section=[4, 2, 2],
        vision=dict(depth=2, hidden_size=48, intermediate_size=96, num_heads=4),
        tokens=(4, 256),
    ),
    'demo': dict(
        text=dict(
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
        ),
        mrope_section=[8, 4, 4],
        vision=dict(depth=2, hidden_size=96, intermediate_size=192, num_heads=4),
        tokens=(4, 64),
    ),
}


def _qwen(size: str, vision: dict, text: dict | None = None) -> dict:
    common = _QWEN[size]
    return common | dict(text=common['text'] | (text or {}), vision=common['vision'] | vision)


_DEEPSTACK = dict(deepstack_visual_indexes=[0, 1])
QWEN3_VL = {
    'test': _qwen(
        'test', dict(patch_size=16, num_position_embeddings=64, **_DEEPSTACK), dict(head_dim=16)
    ),
    'demo': _qwen(
        'demo', dict(patch_size=8, num_position_embeddings=144, **_DEEPSTACK), dict(head_dim=32)
    ),
}

QWEN2_5_VL = {
    'test': _qwen('test', dict(patch_size=14, window_size=56, fullatt_block_indexes=[1])),
    'demo': _qwen('demo', dict(patch_size=8, window_size=32, fullatt_block_indexes=[1])),
}

FLORENCE2 = {
    'test': dict(
        text=dict(d_model=64, layers=1, heads=4, ffn_dim=128, max_position_embeddings=256),
        vision=dict(embed_dim=[16, 32, 48, 64], patch_stride=[4, 2, 2, 2]),
        side=64,
    ),
    'demo': dict(
        text=dict(d_model=128, layers=2, heads=4, ffn_dim=256, max_position_embeddings=512),
        # Two last strides of 1: 8 x 8 places of a 64-pixel picture.
        vision=dict(embed_dim=[32, 48, 64, 96], patch_stride=[4, 2, 1, 1]),
        side=64,
    ),
}
