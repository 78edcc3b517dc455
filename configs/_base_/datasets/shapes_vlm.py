"""The shapes for vision-language models: pictures of all 16 phrases for the adapter, and metrics.

`python tools/demo_vlm.py --prepare` draws them. The validation and test pictures are those of
`shapes.py`.
"""

_base_ = ['./shapes.py']
new_phrases_root = 'data/shapes_new_phrases/'
shapes_new_phrases_train = dict(
    _base_.coco_format_train,
    dataset=dict(
        _base_.coco_format_train.dataset,
        data_root=new_phrases_root,
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
