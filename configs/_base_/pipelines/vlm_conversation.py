"""Pictures at their own size, flipped half of the time; all class texts in every prompt.

A recipe ends both lists with the steps that need its model: BuildConversation (training) and
PackConversation. Flips don't suit phrases that say left or right.
"""

vlm_train_steps = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='LoadText'),
]
vlm_test_steps = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
    dict(type='LoadText'),
]
