"""A phrase and its box with Qwen3-VL-2B: RefCOCO(+, g), settings of the main subject.

`data_root` is what tools/prepare_data/refcoco.py writes: any grounding JSON with captions
(docs/data.md) does.

Train: python tools/train.py configs/finetune/qwen3_vl_2b_lora_phrase_grounding.py
Test:  python tools/test.py configs/finetune/qwen3_vl_2b_lora_phrase_grounding.py \
           work_dirs/qwen3_vl_2b_lora_phrase_grounding/best.pth
"""

_base_ = ['./qwen3_vl_2b_lora_main_subject.py']
data_root = 'data/refcoco/'
tasks = ['phrase_grounding']
# No flips: phrases say left and right.
steps = [*_base_.vlm_test_steps, _base_.vlm_choose_task]
phrases = dict(
    _delete_=True,
    type='YOLOv5MixedGroundingDataset',
    data_root=data_root,
    data_prefix=dict(img=''),
    filter_cfg=dict(drop_images_without_boxes=True),
)
train_phrases = dict(phrases, ann_file='annotations/instances_train.json')
val_phrases = dict(phrases, ann_file='annotations/instances_val.json', test_mode=True)
test_phrases = dict(phrases, ann_file='annotations/instances_testA.json', test_mode=True)
train_dataloader = dict(
    dataset=dict(
        dataset=train_phrases,
        tasks=tasks,
        pipeline=[*steps, _base_.build_step, _base_.pack_step],
    )
)
val_dataloader = dict(
    dataset=dict(dataset=val_phrases, tasks=tasks, pipeline=[*steps, _base_.pack_step])
)
test_dataloader = dict(
    dataset=dict(dataset=test_phrases, tasks=tasks, pipeline=[*steps, _base_.pack_step])
)
