"""Qwen2.5-VL-3B with LoRA on COCO 2017, all 80 class names in every prompt.

`model_root` is a hub name or a folder; `data_root` the COCO folder. Needs about 28 GB of memory on
each GPU (an estimate, not measured).

Train: ./tools/dist_train.sh configs/finetune/qwen2_5_vl_3b_lora_coco.py 8 --amp
Test:  ./tools/dist_test.sh configs/finetune/qwen2_5_vl_3b_lora_coco.py BEST 8
(BEST: work_dirs/qwen2_5_vl_3b_lora_coco/best.pth). Score: not measured here.
"""

_base_ = ['./qwen2_5_vl_3b_lora_own.py', '../_base_/datasets/vlm_coco.py']
data_root = _base_.vlm_coco_root
val_annotations = _base_.vlm_coco_val_file
class_text_path = _base_.vlm_coco_texts
train_dataloader = _base_.vlm_coco_train
val_dataloader = _base_.vlm_coco_val
test_dataloader = val_dataloader
val_evaluator = [
    *_base_.vlm_coco_metrics,
    dict(_base_.codec_bound, ann_file=val_annotations),
]
test_evaluator = val_evaluator
