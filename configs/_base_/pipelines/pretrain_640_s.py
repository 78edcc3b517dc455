"""Pre-training of the small model at 640 x 640: as the others, scaled by 0.5 to 1.5 only."""

_base_ = './published_steps.py'
texts_and_pack = [*_base_.colour_and_flip, _base_.lvis_texts, _base_.pack_texts]
mosaic_pipeline = [
    *_base_.load_boxes,
    dict(_base_.mosaic_640, type='MultiModalMosaic', pre_transform=_base_.load_boxes),
    dict(_base_.affine_narrow, border=(-320, -320)),
    *texts_and_pack,
]
plain_pipeline = [*_base_.load_boxes, *_base_.up_to_640, _base_.affine_narrow, *texts_and_pack]
