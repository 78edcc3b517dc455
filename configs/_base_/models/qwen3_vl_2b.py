"""Qwen3-VL-2B-Instruct (Apache 2.0), 2.1 G parameters, 4.3 GB in bfloat16.

A picture is resized to 256..1280 tokens of 32 x 32 pixels: 640 x 480 takes 300 of them. Small
objects need more tokens, see docs/vlm.md.
"""

qwen3_vl_2b_root = 'Qwen/Qwen3-VL-2B-Instruct'
qwen3_vl_2b_pixels = dict(min_pixels=256 * 32 * 32, max_pixels=1280 * 32 * 32)
qwen3_vl_2b_encoder = dict(family='qwen3_vl', source=qwen3_vl_2b_root, **qwen3_vl_2b_pixels)
qwen3_vl_2b = dict(
    type='VLMDetector',
    family='qwen3_vl',
    model=dict(source=qwen3_vl_2b_root, dtype='bfloat16', **qwen3_vl_2b_pixels),
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=1024, batch_size=16),
)
qwen3_vl_2b_sampler = dict(
    type='LengthGroupedSampler', batch_size=4, pixels_per_token=32 * 32, **qwen3_vl_2b_pixels
)
