"""Replay beside own data: grounding pictures, and texts that are padded to 80.

`replay_plain` closes mosaic for both data sets; grounding pictures have no polygons, so the last
epochs use boxes alone for own data too.
"""

_base_ = ['./own_640.py']
replay_texts = dict(type='RandomLoadText', num_neg_samples=(80, 80), max_num_samples=80)
replay_pack = [
    dict(replay_texts, padding_to_max=True, padding_value=''),
    _base_.own_pack_texts[-1],
]
replay_load = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True),
]
replay_affine = dict(
    type='mmyolo.YOLOv5RandomAffine',
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    max_aspect_ratio=100.0,
    scaling_ratio_range=(0.5, 1.5),
    border_val=(114, 114, 114),
)
replay_mosaic = [
    *replay_load,
    dict(
        type='MultiModalMosaic', img_scale=_base_.own_size, pad_val=114.0, pre_transform=replay_load
    ),
    dict(replay_affine, border=(-320, -320)),
    *_base_.own_after,
    *replay_pack,
]
replay_plain = [
    *replay_load,
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=_base_.own_size),
    dict(type='mmyolo.LetterResize', scale=_base_.own_size, pad_val=dict(img=114.0)),
    replay_affine,
    *_base_.own_after,
    *replay_pack,
]
