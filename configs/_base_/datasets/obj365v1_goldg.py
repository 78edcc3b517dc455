"""Pre-training data: Objects365 v1 and GoldG (Flickr30k and GQA); CC3M-Lite beside them.

Published sizes: 609k, 149k and 621k images; CC3M-Lite 246k.
"""

obj365v1 = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='YOLOv5Objects365V1Dataset',
        data_root='data/objects365v1/',
        ann_file='annotations/objects365_train.json',
        data_prefix=dict(img='train/'),
        filter_cfg=dict(filter_empty_gt=False, min_size=32),
    ),
    class_text_path='data/texts/obj365v1_class_texts.json',
)
flickr = dict(
    type='YOLOv5MixedGroundingDataset',
    data_root='data/flickr/',
    ann_file='annotations/final_flickr_separateGT_train.json',
    data_prefix=dict(img='full_images/'),
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
)
gqa = dict(
    type='YOLOv5MixedGroundingDataset',
    data_root='data/mixed_grounding/',
    ann_file='annotations/final_mixed_train_no_coco.json',
    data_prefix=dict(img='gqa/images/'),
    filter_cfg=dict(filter_empty_gt=False, min_size=32),
)
cc3m_lite = dict(
    type='YOLOv5GeneralGroundingDataset',
    data_root='data/cc3m/',
    ann_file='annotations/cc3m_pseudo_annotations.json',
    data_prefix=dict(img='training'),
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
)
obj365v1_goldg = [obj365v1, flickr, gqa]
