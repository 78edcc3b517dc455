"""Qwen3-VL-8B with LoRA on COCO 2017, the model in shares on all GPUs (FSDP2).

Each GPU holds 1/8 of the weights in training and all of them while it validates: at least
40 GB (an estimate, not measured). Checkpoints hold the whole adapter.

Train: ./tools/dist_train.sh configs/finetune/qwen3_vl_8b_lora_fsdp_coco.py 8 --amp
Test:  ./tools/dist_test.sh configs/finetune/qwen3_vl_8b_lora_fsdp_coco.py BEST 8
(BEST: work_dirs/qwen3_vl_8b_lora_fsdp_coco/best.pth). Score: not measured here.
"""

_base_ = ['./qwen3_vl_2b_lora_coco.py', '../_base_/models/qwen3_vl_8b.py']
model_root = _base_.qwen3_vl_8b_root
build_step = dict(type='BuildConversation', encoder=_base_.qwen3_vl_8b_encoder)
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_8b_encoder)
model = dict(_delete_=True, **_base_.qwen3_vl_8b, lora=_base_.vlm_lora)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.vlm_train_steps, build_step, pack_step]))
val_dataloader = dict(dataset=dict(pipeline=[*_base_.vlm_test_steps, pack_step]))
test_dataloader = val_dataloader
model_wrapper_cfg = dict(type='FullySharded')
