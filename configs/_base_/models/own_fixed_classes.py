"""YOLO-World v2 without a text encoder: with learned prompts, or re-parameterised.

How many classes there are follows from the annotation file. The prompts' network is frozen.
"""

_base_ = ['./own_yolo_world_v2.py']
own_num_classes = 'from_annotations:num_classes'


def without_texts(world):
    batches = dict(world.data_preprocessor, type='mmyolo.YOLOv5DetDataPreprocessor')
    backbone = dict(world.backbone, text_model=None, with_text_model=False)
    classes = dict(num_train_classes=own_num_classes, num_test_classes=own_num_classes)
    fixed = dict(world, type='SimpleYOLOWorldDetector', data_preprocessor=batches, **classes)
    return dict(fixed, backbone=backbone)


def prompts(world):
    """K prompts, random without an `embedding_path`; backbone, neck and head are frozen."""
    module = dict(world.bbox_head.head_module, freeze_all=True)
    return dict(
        without_texts(world),
        backbone=dict(without_texts(world)['backbone'], frozen_stages=4),
        neck=dict(world.neck, freeze_all=True),
        bbox_head=dict(world.bbox_head, head_module=module),
        num_prompts=own_num_classes,
        prompt_dim=world.neck.guide_channels,
        embedding_path='',
    )


def reparameterized(world):
    """The vocabulary is part of neck and head (tools/reparameterize_yoloworld.py --conv-neck)."""
    block = dict(type='RepConvMaxSigmoidCSPLayerWithTwoConv', guide_channels=own_num_classes)
    module = dict(world.bbox_head.head_module, type='RepYOLOWorldHeadModule')
    module.update(num_guide=own_num_classes)
    module.pop('use_bn_head')
    assigner = dict(world.train_cfg.assigner, num_classes=own_num_classes)
    return dict(
        without_texts(world),
        reparameterized=True,
        neck=dict(world.neck, guide_channels=own_num_classes, block_cfg=block),
        bbox_head=dict(world.bbox_head, type='mmyolo.YOLOv8Head', head_module=module),
        train_cfg=dict(assigner=assigner),
    )


own_prompts_s = prompts(_base_.own_world_s)
own_prompts_m = prompts(_base_.own_world_m)
own_prompts_l = prompts(_base_.own_world_l)
own_rep_s = reparameterized(_base_.own_world_s)
