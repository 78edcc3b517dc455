"""A convolutional backbone, such as that of one's own detector, as image encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from composed_retrieval.models.backbones.image_trunk import ImageTrunk
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.errors import InputValueError

# B pictures, g cells along a side, C channels of all feature maps together


@MODELS.register_module()
class FeatureMapTrunk(ImageTrunk):
    """The feature maps of a backbone, averaged over a grid, as one token a cell.

    Maps of all strides are brought to g x g cells and put behind one another: early ones keep
    colours and textures that later ones, trained to detect, drop. The class token is the mean of
    all cells.

    Args:
        backbone: registry dict; its ``forward(pixels)`` answers a sequence of (B, C_i, h, w).
        checkpoint: weights, for example of a detector; None keeps the start of ``backbone``.
        prefix: of the backbone's names in ``checkpoint``.
        image_size, patch_size, dtype, frozen: see ``ImageTrunk``; g is image_size // patch_size.

    Raises:
        InputValueError: ``checkpoint`` does not have exactly the weights of ``backbone``.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        image_size: int,
        patch_size: int,
        *,
        checkpoint: str | None = None,
        prefix: str = '',
        dtype: str = 'float32',
        frozen: bool = True,
    ) -> None:
        super().__init__(image_size, patch_size, dtype=dtype, frozen=frozen)
        self.backbone = MODELS.build(backbone)
        if checkpoint is not None:
            _load(self.backbone, checkpoint, prefix)
        self.backbone.eval()
        with torch.no_grad():
            maps = self.backbone(torch.zeros(1, 3, image_size, image_size))
        self._finish(sum(one.shape[1] for one in maps))

    def _tokens(self, pixels: Tensor) -> Tensor:
        maps = [F.adaptive_avg_pool2d(one, self.grid.side) for one in self.backbone(pixels)]
        cells = torch.cat(maps, dim=1).flatten(2).transpose(1, 2)
        return torch.cat([cells.mean(dim=1, keepdim=True), cells], dim=1)


def _load(backbone: nn.Module, checkpoint: str | Path, prefix: str) -> None:
    state = load_checkpoint_file(checkpoint)['state_dict']
    weights = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    own = backbone.state_dict()
    wrong = sorted(own.keys() ^ weights.keys()) + [
        name for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape
    ]
    if wrong:
        raise InputValueError(
            f'{checkpoint}: expected the {len(own)} weights of the trunk {type(backbone).__name__} '
            f'under {prefix!r}, found {len(weights)}; first that differs: {wrong[0]}. It is the '
            'checkpoint of another backbone.'
        )
    backbone.load_state_dict(weights)
