"""Qwen2.5-VL-3B with LoRA on your own boxes.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format, as
tools/prepare_data/{voc,yolo}_to_coco.py write them. `model_root` is a hub name or a folder. Needs
about 28 GB of GPU memory (an estimate, not measured).

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/ model_root=FOLDER
Test:  python tools/test.py <this file> work_dirs/qwen2_5_vl_3b_lora_own/best.pth
"""

_base_ = ['../_base_/models/qwen2_5_vl_3b.py', '../_base_/vlm_own_data.py']
model_root = _base_.qwen2_5_vl_3b_root
build_step = dict(type='BuildConversation', encoder=_base_.qwen2_5_vl_3b_encoder)
pack_step = dict(type='PackConversation', encoder=_base_.qwen2_5_vl_3b_encoder)
model = dict(_base_.qwen2_5_vl_3b, lora=_base_.vlm_lora)
train_dataloader = dict(
    sampler=dict(_delete_=True, **_base_.qwen2_5_vl_3b_sampler),
    dataset=dict(pipeline=[*_base_.vlm_train_steps, build_step, pack_step]),
)
val_dataloader = dict(dataset=dict(pipeline=[*_base_.vlm_test_steps, pack_step]))
test_dataloader = val_dataloader
codec_bound = dict(type='CodecUpperBoundMetric', codec='qwen2_5')
val_evaluator = [*_base_.vlm_own_metrics, dict(codec_bound, ann_file=_base_.val_annotations)]
test_evaluator = val_evaluator
