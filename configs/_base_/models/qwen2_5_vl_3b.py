"""Qwen2.5-VL-3B-Instruct (Qwen research licence), 3.8 G parameters, 7.5 GB in bfloat16.

A picture is resized to 256..1280 tokens of 28 x 28 pixels; boxes are pixels of that size.
"""

qwen2_5_vl_3b_root = 'Qwen/Qwen2.5-VL-3B-Instruct'
qwen2_5_vl_3b_pixels = dict(min_pixels=256 * 28 * 28, max_pixels=1280 * 28 * 28)
qwen2_5_vl_3b_encoder = dict(family='qwen2_5_vl', source=qwen2_5_vl_3b_root, **qwen2_5_vl_3b_pixels)
qwen2_5_vl_3b = dict(
    type='VLMDetector',
    family='qwen2_5_vl',
    model=dict(source=qwen2_5_vl_3b_root, dtype='bfloat16', **qwen2_5_vl_3b_pixels),
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=1024, batch_size=16),
)
qwen2_5_vl_3b_sampler = dict(
    type='LengthGroupedSampler', batch_size=4, pixels_per_token=28 * 28, **qwen2_5_vl_3b_pixels
)
