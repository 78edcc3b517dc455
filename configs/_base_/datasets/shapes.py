"""Coloured shapes, drawn by `tools/prepare_data/shapes.py`.

Training and validation hold 12 of 16 phrases, the test split holds all.
"""

_base_ = ['./coco_format.py']
shapes_root = 'data/shapes/'
shapes_untaught = ['red star', 'green triangle', 'blue square', 'yellow circle']
shapes_train = dict(
    _base_.coco_format_train,
    dataset=dict(_base_.coco_format_train.dataset, data_root=shapes_root),
)
shapes_val = dict(
    _base_.coco_format_val, dataset=dict(_base_.coco_format_val.dataset, data_root=shapes_root)
)
shapes_test = dict(
    _base_.coco_format_val,
    dataset=dict(
        _base_.coco_format_val.dataset,
        data_root=shapes_root,
        ann_file='annotations/instances_test.json',
    ),
)
shapes_val_metric = dict(
    type='CocoDetectionMetric', ann_file=shapes_root + 'annotations/instances_val.json'
)
shapes_test_metric = dict(
    type='CocoDetectionMetric',
    ann_file=shapes_root + 'annotations/instances_test.json',
    subsets=dict(untaught=shapes_untaught),
)
