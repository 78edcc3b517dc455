"""LVIS v1: minival and val for zero-shot scores, the 866 base classes for training masks."""

lvis_num_classes = 1203
lvis_minival = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='YOLOv5LVISV1Dataset',
        data_root='data/coco/',
        test_mode=True,
        ann_file='lvis/lvis_v1_minival_inserted_image_name.json',
        data_prefix=dict(img=''),
        batch_shapes_cfg=None,
    ),
    class_text_path='data/texts/lvis_v1_class_texts.json',
)
lvis_val = dict(
    lvis_minival, dataset=dict(lvis_minival['dataset'], ann_file='lvis/lvis_v1_val.json')
)
lvis_val_captions = dict(lvis_val, class_text_path='data/captions/lvis_v1_class_captions.json')
lvis_base_train = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='YOLOv5LVISV1Dataset',
        data_root='data/coco',
        ann_file='lvis/lvis_v1_train_base.json',
        data_prefix=dict(img=''),
        filter_cfg=dict(filter_empty_gt=True, min_size=32),
    ),
    class_text_path='data/texts/lvis_v1_base_class_texts.json',
)
lvis_minival_metric = dict(
    type='mmdet.LVISMetric',
    ann_file='data/coco/lvis/lvis_v1_minival_inserted_image_name.json',
    metric='bbox',
    proposal_nums=(100, 1, 10),
)
lvis_val_metric = dict(lvis_minival_metric, ann_file='data/coco/lvis/lvis_v1_val.json')
