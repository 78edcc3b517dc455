"""Qwen3-VL-2B with LoRA on your own boxes.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format, as
tools/prepare_data/{voc,yolo}_to_coco.py write them. `model_root` is a hub name or a folder. Needs
about 20 GB of GPU memory (an estimate, not measured).

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/ model_root=FOLDER
Test:  python tools/test.py <this file> work_dirs/qwen3_vl_2b_lora_own/best.pth
"""

_base_ = ['../_base_/models/qwen3_vl_2b.py', '../_base_/vlm_own_data.py']
model_root = _base_.qwen3_vl_2b_root
build_step = dict(type='BuildConversation', encoder=_base_.qwen3_vl_2b_encoder)
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_2b_encoder)
model = dict(_base_.qwen3_vl_2b, lora=_base_.vlm_lora)
train_dataloader = dict(
    sampler=dict(_delete_=True, **_base_.qwen3_vl_2b_sampler),
    dataset=dict(pipeline=[*_base_.vlm_train_steps, build_step, pack_step]),
)
val_dataloader = dict(dataset=dict(pipeline=[*_base_.vlm_test_steps, pack_step]))
test_dataloader = val_dataloader
codec_bound = dict(type='CodecUpperBoundMetric', codec='qwen3')
val_evaluator = [*_base_.vlm_own_metrics, dict(codec_bound, ann_file=_base_.val_annotations)]
test_evaluator = val_evaluator
