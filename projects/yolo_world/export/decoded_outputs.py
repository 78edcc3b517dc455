"""Graph output ``--without-nms``: scores and boxes of every prior."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from yolo_world.export.distance_outputs import DistanceOutputs
from yolo_world.export.export_network import ExportNetwork


class DecodedOutputs(nn.Module):
    """``scores`` (B, P, K) in 0..1 and ``boxes`` (B, P, 4) xyxy in pixels of the input.

    Args:
        network: the detector's network.
        image_size: (height, width) of the input; the priors are constants of the graph.
    """

    names: tuple[str, ...] = ('scores', 'boxes')

    def __init__(self, network: ExportNetwork, image_size: tuple[int, int]) -> None:
        super().__init__()
        self.distances = DistanceOutputs(network)
        head = network.bbox_head
        grids = [
            (image_size[0] // stride, image_size[1] // stride) for stride in head.featmap_strides
        ]
        priors = head.prior_generator.grid_priors(grids, device='cpu', with_stride=True)
        priors = torch.cat(priors).float()
        self.register_buffer('centres', priors[:, :2])
        self.register_buffer('strides', priors[:, 2:3])

    def forward(self, images: Tensor, text_embeds: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores and boxes."""
        scores, distances = self.distances(images, text_embeds)
        offsets = distances * self.strides
        boxes = torch.cat(
            [self.centres - offsets[..., :2], self.centres + offsets[..., 2:]], dim=-1
        )
        return scores, boxes
