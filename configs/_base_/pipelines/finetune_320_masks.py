"""Fine-tuning masks at 320 x 320: mosaic, affine, colour, flips; and the same without mosaic."""

_base_ = ['./finetune_320.py']
load_320_masks = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True, with_mask=True, mask2bbox=True),
]
affine_320_masks = dict(_base_.affine_320, use_mask_refine=True, min_area_ratio=0.01)
last_320_masks = [
    *_base_.colour_and_text_320[:2],
    dict(type='mmyolo.Polygon2Mask', downsample_ratio=4, mask_overlap=False),
    _base_.colour_and_text_320[2],
    dict(type='mmyolo.PackDetInputs', meta_keys=_base_.meta_320),
]
mosaic_320_masks = [
    *load_320_masks,
    dict(
        type='MultiModalMosaic',
        img_scale=_base_.size_320,
        pad_val=114.0,
        pre_transform=load_320_masks,
    ),
    dict(affine_320_masks, scaling_ratio_range=(0.5, 1.5), border=(-160, -160)),
    *last_320_masks,
]
plain_320_masks = [
    *load_320_masks,
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=_base_.size_320),
    dict(type='mmyolo.LetterResize', scale=_base_.size_320, pad_val=dict(img=114.0)),
    dict(affine_320_masks, scaling_ratio_range=(0.8, 1.2)),
    *last_320_masks,
]
