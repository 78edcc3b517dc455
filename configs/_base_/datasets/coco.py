"""COCO 2017, with class texts and without."""

coco_boxes_train = dict(
    type='YOLOv5CocoDataset',
    data_root='data/coco',
    ann_file='annotations/instances_train2017.json',
    data_prefix=dict(img='train2017/'),
    filter_cfg=dict(filter_empty_gt=False, min_size=32),
)
coco_boxes_val = dict(
    type='YOLOv5CocoDataset',
    data_root='data/coco',
    ann_file='annotations/instances_val2017.json',
    data_prefix=dict(img='val2017/'),
    filter_cfg=dict(filter_empty_gt=False, min_size=32),
)
coco_texts_train = dict(
    type='MultiModalDataset',
    dataset=coco_boxes_train,
    class_text_path='data/texts/coco_class_texts.json',
)
coco_texts_val = dict(
    type='MultiModalDataset',
    dataset=coco_boxes_val,
    class_text_path='data/texts/coco_class_texts.json',
)
coco_boxes_test = dict(coco_boxes_val, test_mode=True, batch_shapes_cfg=None)
coco_metric = dict(
    type='mmdet.CocoMetric',
    ann_file='data/coco/annotations/instances_val2017.json',
    metric='bbox',
    proposal_nums=(100, 1, 10),
)
