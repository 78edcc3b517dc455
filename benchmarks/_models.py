"""mmyolo's YOLOv8 and YOLO-World v2 of the same scale, built from mmyolo's own config."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import _paths  # noqa: F401

if TYPE_CHECKING:
    from mmengine.config import ConfigDict
    from torch import nn

SCALES = ('n', 's', 'm', 'l', 'x')
TEXT_WIDTH = 512
ATTENTION = 'MaxSigmoidCSPLayerWithTwoConv'
EFFICIENT = 'EfficientCSPLayerWithTwoConv'


def yolov8_config(scale: str) -> ConfigDict:
    """mmyolo's model for COCO's 80 classes, without its pretrained weights."""
    from mmengine.config import Config
    from mmengine.utils import get_installed_path

    folder = get_installed_path('mmyolo') + '/.mim/configs/yolov8'
    return Config.fromfile(f'{folder}/yolov8_{scale}_syncbn_fast_8xb16-500e_coco.py').model


def yolo_world_config(
    scale: str, *, block: str = ATTENTION, text_model: dict | None = None
) -> ConfigDict:
    """YOLO-World v2 on the same backbone, neck widths and head widths.

    Args:
        scale: one of ``SCALES``.
        block: the neck's CSP layer.
        text_model: config of the text encoder; None leaves it out (text features are given).
    """
    base = yolov8_config(scale)
    neck = dict(
        base.neck,
        type='YOLOWorldPAFPN',
        guide_channels=TEXT_WIDTH,
        embed_channels=[128, 256, base.backbone.last_stage_out_channels // 2],
        num_heads=[4, 8, base.backbone.last_stage_out_channels // 64],
        block_cfg=dict(type=block),
    )
    module = dict(
        base.bbox_head.head_module,
        type='YOLOWorldHeadModule',
        embed_dims=TEXT_WIDTH,
        use_bn_head=True,
    )
    return type(base)(
        copy.deepcopy(base),
        type='YOLOWorldDetector',
        mm_neck=True,
        data_preprocessor=dict(base.data_preprocessor, type='YOLOWDetDataPreprocessor'),
        backbone=dict(
            type='MultiModalYOLOBackbone',
            image_model=base.backbone,
            text_model=text_model,
            with_text_model=text_model is not None,
        ),
        neck=neck,
        bbox_head=dict(base.bbox_head, type='YOLOWorldHead', head_module=module),
    )


def build(config: ConfigDict, seed: int = 0) -> nn.Module:
    """The detector with random weights as at the start of a training."""
    import torch
    from mmengine.registry import MODELS

    import yolo_world  # noqa: F401

    torch.manual_seed(seed)
    model = MODELS.build(dict(config, _scope_='mmyolo'))
    model.init_weights()
    return model
