"""160 x 160 for the demo: the pictures have that size, so training only flips them."""

size_160 = (160, 160)
meta_160 = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'texts')
flip_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='mmdet.RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomLoadText', num_neg_samples=(12, 12), max_num_samples=12),
    dict(type='mmdet.PackDetInputs', meta_keys=meta_160),
]
test_160_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=size_160),
    dict(type='mmyolo.LetterResize', scale=size_160, pad_val=dict(img=114)),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True),
    dict(type='LoadText'),
    dict(type='mmdet.PackDetInputs', meta_keys=(*meta_160, 'scale_factor', 'pad_param')),
]
