"""YOLO-World v2-M learns masks from your own outlines: the mask branch is trained, as published.

As yolo_world_s_segment_own.py: `data_root` in COCO format with `segmentation` says the rest.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_m_segment_own/best.pth
"""

_base_ = ['./yolo_world_s_segment_own.py']
load_from = 'data/weights/yolo_world_v2_m_obj365v1_goldg_pretrain-c6237d5b.pth'
model = dict(_base_.own_segment_m, _delete_=True)
train_dataloader = dict(dataset=dict(pipeline=_base_.mask_mosaic.m))
close_mosaic = dict(_base_.own_switch, switch_pipeline=_base_.mask_plain.m)
custom_hooks = [_base_.own_average, dict(_base_.own_best, metric='coco/segm_mAP'), close_mosaic]
