"""Prompts and network of YOLO-World v2-S, all trained, without a text encoder.

As published, SGD for 40 epochs. Published training keeps the prompts at the embeddings of the
texts: model.embedding_path=texts.npy model.freeze_prompt=True

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_prompt_all_own/best.pth
"""

_base_ = ['./yolo_world_s_prompt_own.py']
model = dict(
    backbone=dict(frozen_stages=-1),
    neck=dict(freeze_all=False),
    bbox_head=dict(head_module=dict(freeze_all=False)),
)
train_cfg = dict(_base_.own_loop_sgd, _delete_=True)
default_hooks = _base_.own_hooks_sgd
optim_wrapper = dict(_base_.own_optim_sgd, _delete_=True)
close_mosaic = dict(_base_.own_switch_sgd, switch_pipeline=_base_.close_mosaic.switch_pipeline)
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
