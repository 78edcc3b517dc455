"""Continued pre-training at 800 x 800; tested at that size too."""

_base_ = './published_steps.py'
size_800 = (800, 800)
texts_and_pack = [*_base_.colour_and_flip, _base_.lvis_texts, _base_.pack_texts]
mosaic_pipeline = [
    *_base_.load_boxes,
    dict(
        type='MultiModalMosaic', img_scale=size_800, pad_val=114.0, pre_transform=_base_.load_boxes
    ),
    dict(_base_.affine_wide, border=(-400, -400)),
    *texts_and_pack,
]
plain_pipeline = [
    *_base_.load_boxes,
    *[dict(step, scale=size_800) for step in _base_.up_to_640],
    _base_.affine_wide,
    *texts_and_pack,
]
text_test_pipeline = [
    dict(type='LoadImageFromFile'),
    *[dict(step, scale=size_800) for step in _base_.into_640[:2]],
    _base_.into_640[2],
    dict(type='LoadText'),
    _base_.pack_text_tests,
]
