"""The demo's target, with as many pictures of the 12 taught phrases mixed in.

Train: python tools/train.py configs/demo/yolo_world_n_target_replay.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_replay.py BEST \\
           --retention configs/demo/yolo_world_n_shapes.py
(BEST: work_dirs/yolo_world_n_target_replay/best.pth)
"""

_base_ = ['./yolo_world_n_target_finetune.py']
pad = dict(type='RandomLoadText', num_neg_samples=(12, 12), max_num_samples=12)
texts = dict(pad, padding_to_max=True, padding_value='')
padded = [*_base_.flip_pipeline[:-2], texts, _base_.flip_pipeline[-1]]
replay = dict(
    _base_.shapes_train, dataset=dict(_base_.shapes_train.dataset, indices=64), pipeline=padded
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmengine.ConcatDataset',
        datasets=[dict(_base_.train_dataloader.dataset, pipeline=padded), replay],
        ignore_keys=['classes', 'palette', 'dataset_type', 'task_name'],
    )
)
