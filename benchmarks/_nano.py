"""The demo's nano model and a batch for it, without a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _paths import REPOSITORY

if TYPE_CHECKING:
    from torch import nn

RECIPE = REPOSITORY / 'configs' / 'demo' / 'yolo_world_n_shapes.py'


def nano_model() -> nn.Module:
    """The model of the demo's recipe in training mode, seeded."""
    import torch
    from mmengine.registry import MODELS

    from vl_runtime.config_files import load_config

    torch.manual_seed(0)
    return MODELS.build(load_config(RECIPE).model).train()


def synthetic_batch(batch_size: int, image_size: int, texts: list[str]) -> dict:
    """A training batch of noise with three boxes an image, labels among ``texts``."""
    import torch

    generator = torch.Generator().manual_seed(0)
    low = torch.rand(batch_size * 3, 2, generator=generator) * image_size / 2
    size = (0.2 + 0.3 * torch.rand(batch_size * 3, 2, generator=generator)) * image_size
    labels = torch.randint(len(texts), (batch_size * 3, 1), generator=generator)
    image = torch.arange(batch_size).repeat_interleave(3)[:, None]
    shape = (batch_size, 3, image_size, image_size)
    return {
        'inputs': torch.randint(256, shape, generator=generator, dtype=torch.uint8),
        'data_samples': {
            'bboxes_labels': torch.cat([image, labels, low, low + size], dim=1),
            'texts': [texts] * batch_size,
        },
    }
