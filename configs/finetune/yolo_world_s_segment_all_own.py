"""YOLO-World v2-S with masks from your own outlines: boxes, classes and masks are trained.

As yolo_world_s_segment_own.py; better on your classes, and other texts may be found less well.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_segment_all_own/best.pth
"""

_base_ = ['./yolo_world_s_segment_own.py']
model = dict(_base_.own_segment_all_s, _delete_=True)
