"""Textile defects: mirrored both ways in training; each task has its metrics."""

_base_ = ['../pipelines/vlm_flips.py']
textile_root = 'data/textile/'
textile_val_file = textile_root + 'annotations/instances_val.json'
textile_metrics = [
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='CocoDetectionMetric', ann_file=textile_val_file),
    ),
    dict(
        type='TaskMetric',
        task='detection',
        metric=dict(type='AnswerStatisticsMetric', ann_file=textile_val_file),
    ),
    # The objects of a phrase or of regions with words of their own come with the samples.
    dict(
        type='TaskMetric',
        task='dense_region_caption',
        metric=dict(type='BoxIoUMetric', prefix='regions'),
    ),
    dict(
        type='TaskMetric',
        task='phrase_grounding',
        metric=dict(type='BoxIoUMetric', prefix='phrases'),
    ),
]
