"""Fine-tuning at 320 x 320: mosaic, affine, colour, flips; and the same without mosaic.

`num_texts_320` texts are shown with every image: those that occur and random others.
"""

size_320 = (320, 320)
num_texts_320 = 80
meta_320 = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'texts')
load_320 = [dict(type='LoadImageFromFile'), dict(type='mmyolo.LoadAnnotations', with_bbox=True)]
colour_and_text_320 = [
    dict(type='mmyolo.YOLOv5HSVRandomAug'),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(
        type='RandomLoadText',
        num_neg_samples=(num_texts_320, num_texts_320),
        max_num_samples=num_texts_320,
    ),
    dict(type='mmdet.PackDetInputs', meta_keys=meta_320),
]
affine_320 = dict(
    type='mmyolo.YOLOv5RandomAffine',
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    max_aspect_ratio=100,
    border_val=(114, 114, 114),
)
mosaic_320_pipeline = [
    *load_320,
    dict(type='MultiModalMosaic', img_scale=size_320, pad_val=114.0, pre_transform=load_320),
    dict(affine_320, scaling_ratio_range=(0.5, 1.5), border=(-160, -160)),
    *colour_and_text_320,
]
plain_320_pipeline = [
    *load_320,
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=size_320),
    dict(type='mmyolo.LetterResize', scale=size_320, pad_val=dict(img=114.0)),
    dict(affine_320, scaling_ratio_range=(0.8, 1.2)),
    *colour_and_text_320,
]
test_320_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=size_320),
    dict(type='mmyolo.LetterResize', scale=size_320, pad_val=dict(img=114)),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True),
    dict(type='LoadText'),
    dict(type='mmdet.PackDetInputs', meta_keys=(*meta_320, 'scale_factor', 'pad_param')),
]
