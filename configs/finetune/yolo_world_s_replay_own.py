"""YOLO-World v2-S on your own boxes, with grounding data mixed in so that it forgets less.

`replay_root` holds part of what the weights were pre-trained on (Flickr30k or GQA grounding,
tools/download.py); any grounding JSON does. Texts are padded to 80, as in pre-training.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_replay_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
replay_root = 'data/flickr/'
num_replay = 2000  # images; as many as your own is a good start
replay = dict(
    type='YOLOv5MixedGroundingDataset',
    data_root=replay_root,
    ann_file='annotations/final_flickr_separateGT_train.json',
    data_prefix=dict(img='full_images/'),
    indices=num_replay,
    pipeline=_base_.replay_mosaic,
)
own = dict(_base_.train_dataloader.dataset, pipeline=[*_base_.own_mosaic.s, *_base_.replay_pack])
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmengine.ConcatDataset',
        datasets=[own, replay],
        ignore_keys=['classes', 'palette', 'dataset_type', 'task_name'],
    )
)
close_mosaic = dict(_base_.own_switch, switch_pipeline=_base_.replay_plain)
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]
