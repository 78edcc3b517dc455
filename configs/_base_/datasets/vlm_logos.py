"""What is measured of logos: company and industry in words, boxes by company."""

logos_root = 'data/logos/'
logos_val_file = logos_root + 'annotations/instances_val.json'
logos_test_file = logos_root + 'annotations/instances_test.json'
logos_val_metrics = [
    dict(type='TextAnswerMetric'),
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='CocoDetectionMetric', ann_file=logos_val_file, classwise=False),
    ),
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='AnswerStatisticsMetric', ann_file=logos_val_file),
    ),
]
logos_test_metrics = [
    dict(type='TextAnswerMetric'),
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='CocoDetectionMetric', ann_file=logos_test_file, classwise=False),
    ),
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='AnswerStatisticsMetric', ann_file=logos_test_file),
    ),
]
