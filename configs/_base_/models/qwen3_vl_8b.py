"""Qwen3-VL-8B-Instruct (Apache 2.0): about 8.8 G parameters, 17.5 GB in bfloat16 (not measured).

A picture is resized to 256..1280 tokens of 32 x 32 pixels, as for the 2B model.
"""

qwen3_vl_8b_root = 'Qwen/Qwen3-VL-8B-Instruct'
qwen3_vl_8b_pixels = dict(min_pixels=256 * 32 * 32, max_pixels=1280 * 32 * 32)
qwen3_vl_8b_encoder = dict(family='qwen3_vl', source=qwen3_vl_8b_root, **qwen3_vl_8b_pixels)
qwen3_vl_8b = dict(
    type='VLMDetector',
    family='qwen3_vl',
    model=dict(source=qwen3_vl_8b_root, dtype='bfloat16', **qwen3_vl_8b_pixels),
    gradient_checkpointing=True,
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=1024, batch_size=16),
)
