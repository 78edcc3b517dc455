"""Textile defects with Florence-2-base, a hundred times the rate of the published settings.

1e-4 on all linear layers (a tenth of it for the vision tower), tasks evenly mixed, so that what is
learnt first is not forgotten. Not measured here.

Train: python tools/train.py configs/finetune/florence2_base_lora_textile_tuned.py
Test:  python tools/test.py configs/finetune/florence2_base_lora_textile_tuned.py \
           work_dirs/florence2_base_lora_textile_tuned/best.pth
"""

_base_ = ['./florence2_base_lora_textile.py']
model = dict(lora=dict(_base_.vlm_lora, _delete_=True))
train_dataloader = dict(sampler=dict(mode='interleave'))
optim_wrapper = dict(optimizer=dict(lr=1e-4), paramwise_cfg=dict(rates=dict(vision=0.1)))
