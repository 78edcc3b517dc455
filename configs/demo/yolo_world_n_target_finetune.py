"""The demo's detector learns three new phrases (shapes, colours and look it never saw).

Data:  python tools/prepare_data/shapes.py --target --out data/shapes_target \\
           --num-train 64 --num-val 24 --num-test 100
Train: python tools/train.py configs/demo/yolo_world_n_target_finetune.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_finetune.py BEST \\
           --retention configs/demo/yolo_world_n_shapes.py
(BEST: work_dirs/yolo_world_n_target_finetune/best.pth)
"""

_base_ = ['./yolo_world_n_shapes.py']
target_root = 'data/shapes_target/'
load_from = 'work_dirs/demo/best.pth'
max_epochs = 14
train_dataloader = dict(dataset=dict(dataset=dict(data_root=target_root)))
val_dataloader = dict(dataset=dict(dataset=dict(data_root=target_root)))
test_dataloader = dict(dataset=dict(dataset=dict(data_root=target_root)))
val_evaluator = dict(ann_file=target_root + 'annotations/instances_val.json')
test_evaluator = dict(
    type='CocoDetectionMetric',
    ann_file=target_root + 'annotations/instances_test.json',
    _delete_=True,
)
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(_base_.adamw_cosine_warmup, end=8),
    dict(_base_.adamw_cosine_decay, T_max=max_epochs, end=max_epochs),
]
