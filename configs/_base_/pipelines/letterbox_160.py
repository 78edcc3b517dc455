"""160 x 160 for the demo: the pictures have that size, so training only flips them."""

letterbox_160_size = (160, 160)
flip_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='mmdet.RandomFlip', prob=0.5, direction='vertical'),
    dict(
        type='RandomLoadText',
        num_neg_samples=(12, 12),
        max_num_samples=12,
    ),
    dict(
        type='mmdet.PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'texts'),
    ),
]
letterbox_160_test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=letterbox_160_size),
    dict(
        type='mmyolo.LetterResize',
        scale=letterbox_160_size,
        allow_scale_up=False,
        pad_val=dict(img=114),
    ),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True),
    dict(type='LoadText'),
    dict(
        type='mmdet.PackDetInputs',
        meta_keys=(
            'img_id',
            'img_path',
            'ori_shape',
            'img_shape',
            'scale_factor',
            'pad_param',
            'texts',
        ),
    ),
]
