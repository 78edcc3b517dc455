"""COCO 2017 as changes to a recipe for own data (`vlm_own_data.py`), all 80 class texts."""

vlm_coco_root = 'data/coco/'
vlm_coco_texts = 'data/texts/coco_class_texts.json'
vlm_coco_val_file = vlm_coco_root + 'annotations/instances_val2017.json'
vlm_coco_train = dict(
    dataset=dict(
        dataset=dict(
            data_root=vlm_coco_root,
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
        ),
        class_text_path=vlm_coco_texts,
    )
)
vlm_coco_val = dict(
    dataset=dict(
        dataset=dict(
            data_root=vlm_coco_root,
            ann_file='annotations/instances_val2017.json',
            data_prefix=dict(img='val2017/'),
        ),
        class_text_path=vlm_coco_texts,
    )
)
vlm_coco_metrics = [
    dict(type='CocoDetectionMetric', ann_file=vlm_coco_val_file),
    dict(type='AnswerStatisticsMetric', ann_file=vlm_coco_val_file),
]
