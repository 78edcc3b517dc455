"""YOLO-World v2-L on your own boxes: everything is trained, with the published settings.

As yolo_world_s_finetune_own.py: `data_root` in COCO format says everything else.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_l_finetune_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
load_from = 'data/weights/yolo_world_v2_l_obj365v1_goldg_cc3mlite_pretrain-ca93cd1f.pth'
model = dict(_base_.own_world_l, _delete_=True)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.own_mosaic.l, *_base_.own_pack_texts]),
)
close_mosaic = dict(
    _base_.own_switch, switch_pipeline=[*_base_.own_plain.l, *_base_.own_pack_texts]
)
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
