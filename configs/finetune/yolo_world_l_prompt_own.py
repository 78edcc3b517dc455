"""Prompt tuning of YOLO-World v2-L: one learned embedding per class, frozen network.

As yolo_world_s_prompt_own.py.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_l_prompt_own/best.pth
"""

_base_ = ['./yolo_world_s_prompt_own.py']
load_from = 'data/weights/yolo_world_v2_l_obj365v1_goldg_cc3mlite_pretrain-ca93cd1f.pth'
model = dict(_base_.own_prompts_l, _delete_=True)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.own_mosaic.l, *_base_.own_pack]))
close_mosaic = dict(_base_.own_switch, switch_pipeline=[*_base_.own_plain.l, *_base_.own_pack])
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
