"""Florence-2 with 1.9 M parameters, made by `python tools/demo_vlm.py --prepare`; all train.

The folder's processor resizes every picture to 64 x 64 pixels: 8 x 8 + 1 tokens. The prompt is
the family's for all objects.
"""

florence2_tiny_root = 'work_dirs/demo_vlm/florence2_tiny'
florence2_tiny_encoder = dict(family='florence2', source=florence2_tiny_root)
florence2_tiny_codec = dict(type='Florence2Codec', order='label')
florence2_tiny_prompts = dict(tasks=dict(detection='florence_objects@1'))
florence2_tiny = dict(
    type='VLMDetector',
    family='florence2',
    model=dict(source=florence2_tiny_root),
    codec=florence2_tiny_codec,
    prompts=florence2_tiny_prompts,
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=60, batch_size=64),
)
