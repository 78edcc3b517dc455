"""Pictures of any size become 8 x 8; the texts are cat, dog and bird."""

custom_imports = dict(imports=['square_detectors'], allow_failed_imports=False)
default_scope = 'mmdet'
model = dict(
    type='TextSquareDetector',
    data_preprocessor=dict(type='mmdet.DetDataPreprocessor'),
    test_cfg=dict(max_per_img=300),
)
test_dataloader = dict(
    dataset=dict(
        type='CocoDataset',
        metainfo=dict(classes=('cat', 'dog', 'bird')),
        ann_file='absent.json',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=(8, 8), keep_ratio=False),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='LoadText'),
            dict(
                type='PackDetInputs',
                meta_keys=('img_id', 'img_path', 'ori_shape', 'scale_factor', 'texts', 'task'),
            ),
        ],
    )
)
