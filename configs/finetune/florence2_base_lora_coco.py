"""Florence-2-base with LoRA on COCO 2017, all 80 class names in every prompt.

`model_root` is a hub name or a folder; `data_root` the COCO folder. Needs about 10 GB of memory on
each GPU (an estimate, not measured).

Train: ./tools/dist_train.sh configs/finetune/florence2_base_lora_coco.py 8 --amp
Test:  ./tools/dist_test.sh configs/finetune/florence2_base_lora_coco.py BEST 8
(BEST: work_dirs/florence2_base_lora_coco/best.pth). Score: not measured here.
"""

_base_ = ['./florence2_base_lora_own.py']
data_root = 'data/coco/'
val_annotations = data_root + 'annotations/instances_val2017.json'
class_text_path = 'data/texts/coco_class_texts.json'
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
        ),
        class_text_path=class_text_path,
    )
)
val_dataloader = dict(
    dataset=dict(
        dataset=dict(
            data_root=data_root,
            ann_file='annotations/instances_val2017.json',
            data_prefix=dict(img='val2017/'),
        ),
        class_text_path=class_text_path,
    )
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='CocoDetectionMetric', ann_file=val_annotations),
    dict(type='AnswerStatisticsMetric', ann_file=val_annotations),
    dict(type='CodecUpperBoundMetric', ann_file=val_annotations, codec='florence2'),
]
test_evaluator = val_evaluator
