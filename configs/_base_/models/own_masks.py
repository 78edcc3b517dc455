"""YOLO-World v2 with masks: the mask branch of a finished detector, or everything, is trained."""

_base_ = ['./own_yolo_world_v2.py']


def with_masks(world):
    module = dict(world.bbox_head.head_module, type='YOLOWorldSegHeadModule')
    module.update(proto_channels=256, mask_channels=32)
    pixels = dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True, reduction='none')
    head = dict(type='YOLOWorldSegHead', mask_overlap=False, loss_mask=pixels)
    head.update(loss_mask_weight=1.0, head_module=module)
    cutting = dict(world.test_cfg, mask_thr_binary=0.5, fast_test=True)
    return dict(world, bbox_head=head, test_cfg=cutting)


def mask_branch(world):
    """Nothing but the mask branch learns: boxes and classes stay those of the start."""
    masks = with_masks(world)
    module = dict(masks['bbox_head']['head_module'], freeze_bbox=True)
    return dict(
        masks,
        backbone=dict(world.backbone, frozen_stages=4),
        neck=dict(world.neck, freeze_all=True),
        bbox_head=dict(masks['bbox_head'], head_module=module),
    )


own_segment_s = mask_branch(_base_.own_world_s)
own_segment_m = mask_branch(_base_.own_world_m)
own_segment_l = mask_branch(_base_.own_world_l)
own_segment_all_s = with_masks(_base_.own_world_s)
