"""Outlines of your own objects with Florence-2-base: boxes and referring segmentation.

`data_root` holds `annotations/instances_{train,val}.json` with a mask for every object. Validation
asks for the outlines of every class in every picture: mask AP and mask IoU.

Train: python tools/train.py configs/finetune/florence2_base_lora_segment_own.py
Test:  python tools/test.py configs/finetune/florence2_base_lora_segment_own.py \
           work_dirs/florence2_base_lora_segment_own/best.pth
"""

_base_ = ['./florence2_base_lora_own.py']
load_masks = dict(type='mmdet.LoadAnnotations', with_bbox=True, with_mask=True)
model = dict(test_cfg=dict(task='segmentation'))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImageFromFile'),
            load_masks,
            dict(type='mmdet.RandomFlip', prob=0.5),
            dict(type='LoadText'),
            dict(type='ChooseTask', tasks=dict(detection=1.0, segmentation=2.0)),
            dict(_base_.build_step, max_answer_tokens=1000),  # of 1024 positions
            _base_.pack_step,
        ]
    )
)
val_evaluator = [
    dict(type='CocoDetectionMetric', ann_file=_base_.val_annotations, metric=['bbox', 'segm']),
    dict(type='MaskIoUMetric', ann_file=_base_.val_annotations),
]
test_evaluator = val_evaluator
custom_hooks = [dict(type='BestCheckpointHook', metric='coco/segm_mAP'), *_base_.vlm_hooks]
