"""Florence-2-base for transformers' own classes (MIT), 0.23 G parameters; 768 x 768 pixels.

Files that were published with remote code have other parameter names and don't load.
"""

florence2_base_root = 'florence-community/Florence-2-base'
florence2_base_encoder = dict(family='florence2', source=florence2_base_root)
florence2_base = dict(
    type='VLMDetector',
    family='florence2',
    model=dict(source=florence2_base_root, dtype='float32'),
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=1000, batch_size=16),
)
