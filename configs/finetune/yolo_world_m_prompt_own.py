"""Prompt tuning of YOLO-World v2-M: one learned embedding per class, frozen network.

As yolo_world_s_prompt_own.py.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_m_prompt_own/best.pth
"""

_base_ = ['./yolo_world_s_prompt_own.py']
load_from = 'data/weights/yolo_world_v2_m_obj365v1_goldg_pretrain-c6237d5b.pth'
model = dict(_base_.own_prompts_m, _delete_=True)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.own_mosaic.m, *_base_.own_pack]))
close_mosaic = dict(_base_.own_switch, switch_pipeline=[*_base_.own_plain.m, *_base_.own_pack])
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
