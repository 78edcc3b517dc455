"""Coloured shapes; `tools/prepare_data/shapes.py` draws them.

Training and validation hold 12 of the 16 phrases, the test split holds all.
"""

shapes_root = 'data/shapes/'
shapes_untaught = ['red star', 'green triangle', 'blue square', 'yellow circle']
shapes_train = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmyolo.YOLOv5CocoDataset',
        data_root=shapes_root,
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/train/'),
        filter_cfg=dict(filter_empty_gt=False, min_size=0),
    ),
    test_mode=False,
)
shapes_val = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmyolo.YOLOv5CocoDataset',
        data_root=shapes_root,
        ann_file='annotations/val.json',
        data_prefix=dict(img='images/val/'),
        test_mode=True,
    ),
)
shapes_test = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmyolo.YOLOv5CocoDataset',
        data_root=shapes_root,
        ann_file='annotations/test.json',
        data_prefix=dict(img='images/test/'),
        test_mode=True,
    ),
)
shapes_val_metric = dict(type='CocoDetectionMetric', ann_file=shapes_root + 'annotations/val.json')
shapes_test_metric = dict(
    type='CocoDetectionMetric',
    ann_file=shapes_root + 'annotations/test.json',
    subsets=dict(untaught=shapes_untaught),
)
