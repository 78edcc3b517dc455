"""The common runtime with the retrieval package.

Checkpoints leave the frozen trunk out. The trunk reads every picture once: its tokens are kept
below `retrieval_token_root`, 0.72 MB a picture for ViT-g (16 GB for CIRR); a recipe that leaves
the hook out computes them in every epoch.
"""

_base_ = ['./default_runtime.py']
custom_imports = dict(imports=['yolo_world', 'composed_retrieval'], allow_failed_imports=False)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=2))
retrieval_val = dict(type='GalleryQueryValLoop')
retrieval_test = dict(type='GalleryQueryTestLoop')
retrieval_token_root = 'work_dirs/token_cache/'
retrieval_token_cache = dict(type='TokenCacheHook', folder=retrieval_token_root)
retrieval_hooks = [
    dict(type='FrozenWeightsHook'),
    dict(type='MetricsCSVHook'),
    dict(type='FiniteLossHook'),
]
