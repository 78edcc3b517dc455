"""Logos with Qwen3-VL-2B as in `qwen3_vl_2b_lora_logodet3k.py`, ten times its learning rate.

Adapters on all linear layers, the vision tower at a tenth of the rate: a company is told by its
lettering, which the vision tower has to read. Not measured here.

Train: python tools/train.py configs/finetune/qwen3_vl_2b_lora_logodet3k_tuned.py
Test:  python tools/test.py configs/finetune/qwen3_vl_2b_lora_logodet3k_tuned.py \
           work_dirs/qwen3_vl_2b_lora_logodet3k_tuned/best.pth
"""

_base_ = ['./qwen3_vl_2b_lora_logodet3k.py']
model = dict(lora=dict(_base_.vlm_lora, _delete_=True, rank=64, alpha=128))
optim_wrapper = dict(optimizer=dict(lr=1e-4))
