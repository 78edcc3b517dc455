"""Replay beside own data: grounding pictures with mosaic, and texts that are padded to 80."""

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
replay_mosaic = [
    *replay_load,
    dict(
        type='MultiModalMosaic', img_scale=_base_.own_size, pad_val=114.0, pre_transform=replay_load
    ),
    dict(
        type='mmyolo.YOLOv5RandomAffine',
        max_rotate_degree=0.0,
        max_shear_degree=0.0,
        max_aspect_ratio=100.0,
        scaling_ratio_range=(0.5, 1.5),
        border=(-320, -320),
        border_val=(114, 114, 114),
    ),
    *_base_.own_after,
    *replay_pack,
]
