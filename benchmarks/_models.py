"""mmyolo's YOLOv8 and YOLO-World v2 of the same scale, built from mmyolo's own config."""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import _paths  # noqa: F401

if TYPE_CHECKING:
    from mmengine.config import ConfigDict
    from torch import Tensor, nn

SCALES = ('n', 's', 'm', 'l', 'x')
TEXT_WIDTH = 512
ATTENTION = 'MaxSigmoidCSPLayerWithTwoConv'
EFFICIENT = 'EfficientCSPLayerWithTwoConv'


def yolov8_config(scale: str) -> ConfigDict:
    """mmyolo's model for COCO's 80 classes."""
    from mmengine.config import Config
    from mmengine.utils import get_installed_path

    folder = f'{get_installed_path("mmyolo")}/.mim/configs/yolov8'
    return Config.fromfile(f'{folder}/yolov8_{scale}_syncbn_fast_8xb16-500e_coco.py').model


def yolo_world_config(
    scale: str, *, block: str = ATTENTION, text_model: dict | None = None
) -> ConfigDict:
    """YOLO-World v2 with the same image backbone, widths and losses.

    Args:
        scale: one of ``SCALES``.
        block: the neck's CSP layer.
        text_model: the text encoder; without one, text features are given.
    """
    base = yolov8_config(scale)
    last = base.backbone.last_stage_out_channels // 2
    config = copy.deepcopy(base)
    config.update(type='YOLOWorldDetector', mm_neck=True)
    config.data_preprocessor.type = 'YOLOWDetDataPreprocessor'
    config.backbone = type(base)(
        type='MultiModalYOLOBackbone',
        image_model=base.backbone,
        text_model=text_model,
        with_text_model=text_model is not None,
    )
    config.neck.update(
        type='YOLOWorldPAFPN',
        guide_channels=TEXT_WIDTH,
        embed_channels=[128, 256, last],
        num_heads=[4, 8, last // 32],
        block_cfg=dict(type=block),
    )
    config.bbox_head.type = 'YOLOWorldHead'
    config.bbox_head.head_module.update(
        type='YOLOWorldHeadModule', embed_dims=TEXT_WIDTH, use_bn_head=True
    )
    return config


def build(config: ConfigDict) -> nn.Module:
    """The detector with seeded random weights, as at the start of a training."""
    import torch
    from mmengine.registry import MODELS

    import yolo_world  # noqa: F401

    torch.manual_seed(0)
    model = MODELS.build(dict(config, _scope_='mmyolo'))
    with silent():
        model.init_weights()
    return model


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """No log lines; mmengine writes one per initialised weight."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def text_features(count: int) -> Tensor:
    """Random unit vectors (1, count, TEXT_WIDTH) in the place of a text encoder's output."""
    import torch

    features = torch.randn(1, count, TEXT_WIDTH, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.normalize(features, dim=-1)


def network(model: nn.Module, image: Tensor, texts: Tensor | None = None) -> Callable[[], object]:
    """A function that goes from the image (B, 3, H, W) to the head's raw output.

    Args:
        model: in evaluation mode.
        image: normalised.
        texts: features (B, K, TEXT_WIDTH) for a model that takes them with every image.
    """
    import torch

    backbone = getattr(model.backbone, 'forward_image', model.backbone)
    given = () if texts is None else (texts,)

    @torch.inference_mode()
    def run() -> object:
        return model.bbox_head(model.neck(backbone(image), *given), *given)

    if image.device.type == 'cuda':
        return lambda: (run(), torch.cuda.synchronize())
    return run
