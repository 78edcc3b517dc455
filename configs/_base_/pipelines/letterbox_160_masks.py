"""160 x 160 for the demo with masks: flips only; masks are drawn at a quarter of the size."""

_base_ = ['./letterbox_160.py']
flip_masks_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True, with_mask=True, mask2bbox=True),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='mmdet.RandomFlip', prob=0.5, direction='vertical'),
    dict(type='mmyolo.Polygon2Mask', downsample_ratio=4, mask_overlap=False),
    dict(type='RandomLoadText', num_neg_samples=(12, 12), max_num_samples=12),
    dict(type='mmyolo.PackDetInputs', meta_keys=_base_.meta_160),
]
