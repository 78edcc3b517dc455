"""Any COCO-format folder: `annotations/instances_{train,val,test}.json`, file names relative to it.

A recipe adds `data_root` to the inner data set and the pipeline to the outer one. Classes and
texts follow from the annotation file unless `class_text_path` names a file of texts.
"""

coco_format_train = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmyolo.YOLOv5CocoDataset',
        ann_file='annotations/instances_train.json',
        data_prefix=dict(img=''),
        filter_cfg=dict(filter_empty_gt=False, min_size=0),
    ),
    test_mode=False,
)
coco_format_val = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmyolo.YOLOv5CocoDataset',
        ann_file='annotations/instances_val.json',
        data_prefix=dict(img=''),
        test_mode=True,
    ),
)
