"""Pictures as they are, mirrored both ways in training: colours and shapes stay what they are.

A recipe ends both lists with the steps that need its model: BuildConversation (training) and
PackConversation.
"""

vlm_flip_steps = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='mmdet.RandomFlip', prob=0.5, direction='vertical'),
    dict(type='LoadText'),
]
vlm_plain_steps = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
    dict(type='LoadText'),
]
