"""YOLO-World v2-L learns masks from your own outlines: the mask branch is trained, as published.

As yolo_world_s_segment_own.py: `data_root` in COCO format with `segmentation` says the rest.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_l_segment_own/best.pth
"""

_base_ = ['./yolo_world_s_segment_own.py']
load_from = 'data/weights/yolo_world_v2_l_obj365v1_goldg_cc3mlite_pretrain-ca93cd1f.pth'
model = dict(_base_.own_segment_l, _delete_=True)
train_dataloader = dict(dataset=dict(pipeline=_base_.mask_mosaic.l))
close_mosaic = dict(_base_.own_switch, switch_pipeline=_base_.mask_plain.l)
custom_hooks = [_base_.own_average, dict(_base_.own_best, metric='coco/segm_mAP'), close_mosaic]
