"""Prompt tuning of YOLO-World v2-S: one learned embedding per class, the network stays frozen.

The number of prompts follows from the annotation file. Their start is random, or rows of a
file (texts, images or a mixture of both, docs/prompts.md): model.embedding_path=prompts.npy
The network keeps finding everything that it found before.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_prompt_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
model = dict(_base_.own_prompts_s, _delete_=True)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.own_mosaic.s, *_base_.own_pack]))
val_dataloader = dict(dataset=dict(pipeline=_base_.own_test))
test_dataloader = val_dataloader
optim_wrapper = dict(_base_.own_optim_prompt, _delete_=True)
close_mosaic = dict(_base_.own_switch, switch_pipeline=[*_base_.own_plain.s, *_base_.own_pack])
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
