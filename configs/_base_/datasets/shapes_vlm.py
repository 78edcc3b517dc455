"""The shapes for vision-language models: more pictures to learn from, and metrics of answers.

`python tools/demo_vlm.py --prepare` draws them. The validation and test pictures are those of
`shapes.py`. The pictures of `new_phrases` show all 16 phrases.
"""

_base_ = ['./shapes.py']
more_shapes_root = 'data/shapes_vlm/'
shapes_more_train = dict(
    _base_.coco_format_train,
    dataset=dict(_base_.coco_format_train.dataset, data_root=more_shapes_root + 'taught/'),
)
shapes_vlm_train_parts = [_base_.shapes_train, shapes_more_train]
shapes_new_phrases_train = dict(
    _base_.coco_format_train,
    dataset=dict(
        _base_.coco_format_train.dataset,
        data_root=more_shapes_root + 'new_phrases/',
        ann_file='annotations/instances_test.json',
    ),
)
shapes_vlm_val_file = _base_.shapes_root + 'annotations/instances_val.json'
shapes_vlm_test_file = _base_.shapes_root + 'annotations/instances_test.json'
shapes_vlm_val_metrics = [
    _base_.shapes_val_metric,
    dict(type='BoxIoUMetric', ann_file=shapes_vlm_val_file),
    dict(type='AnswerStatisticsMetric', ann_file=shapes_vlm_val_file),
]
shapes_vlm_test_metrics = [
    _base_.shapes_test_metric,
    dict(type='BoxIoUMetric', ann_file=shapes_vlm_test_file),
    dict(type='AnswerStatisticsMetric', ann_file=shapes_vlm_test_file),
]
