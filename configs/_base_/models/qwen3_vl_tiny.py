"""Qwen3-VL with 1.3 M parameters, made by `python tools/demo_vlm.py --prepare`; all train.

A picture is resized to 96 x 96 pixels: 36 tokens of 16 x 16. The prompt is one word, since the
model answers every phrase that it was taught.
"""

qwen3_vl_tiny_root = 'work_dirs/demo_vlm/qwen3_vl_tiny'
qwen3_vl_tiny_pixels = dict(min_pixels=96 * 96, max_pixels=96 * 96)
qwen3_vl_tiny_encoder = dict(family='qwen3_vl', source=qwen3_vl_tiny_root, **qwen3_vl_tiny_pixels)
qwen3_vl_tiny_codec = dict(type='Qwen3Codec', order='raster')
qwen3_vl_tiny_prompts = dict(templates={'locate@1': 'Locate.'}, tasks=dict(detection='locate@1'))
qwen3_vl_tiny = dict(
    type='VLMDetector',
    family='qwen3_vl',
    model=dict(source=qwen3_vl_tiny_root, **qwen3_vl_tiny_pixels),
    codec=qwen3_vl_tiny_codec,
    prompts=qwen3_vl_tiny_prompts,
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=200, batch_size=64),
)
