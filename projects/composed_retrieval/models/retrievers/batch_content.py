"""What is in a batch: image tokens, texts, boxes and names of its sides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor

from composed_retrieval.models.backbones.image_trunk import ImageTrunk
from vl_runtime.errors import InputValueError


@dataclass(frozen=True)
class BatchContent:
    """Image tokens of the sides of a batch, from pixels or from a cache.

    Attributes:
        inputs: ``<side>`` (B, 3, S, S) normalised, or ``<side>_tokens`` (B, T, C).
        trunk: turns the one into the other.
    """

    inputs: Mapping[str, Tensor]
    trunk: ImageTrunk

    def has(self, side: str) -> bool:
        """Whether the batch has pixels or tokens of ``side``."""
        return side in self.inputs or f'{side}_tokens' in self.inputs

    def tokens(self, side: str) -> Tensor:
        """(B, T, C), before the trained layer norm.

        Raises:
            InputValueError: the batch has nothing of the side; or pixels or tokens of another
                size than the trunk's.
        """
        if not self.has(side):
            raise InputValueError(
                f'ComposedRetriever: the batch has no {side}, only {", ".join(self.inputs)}'
                + ('; a split without targets can not train.' if side == 'target' else '.')
            )
        cached = self.inputs.get(f'{side}_tokens')
        if cached is None:
            size = self.trunk.image_size
            self._check(side, self.inputs[side], (3, size, size), 'PadResizeCrop(size=...)')
            return self.trunk(self.inputs[side])
        shape = (1 + self.trunk.grid.side**2, self.trunk.width)
        self._check(f'{side}_tokens', cached, shape, 'a token cache of this trunk')
        return cached

    def normalised(self, side: str) -> Tensor:
        """(B, T, C) float32 behind the trained layer norm; errors as of ``tokens``."""
        return self.trunk.normalised(self.tokens(side))

    def _check(self, key: str, value: Tensor, shape: tuple[int, ...], needs: str) -> None:
        if tuple(value.shape[1:]) != shape:
            raise InputValueError(
                f'{key}: the model expects (B, {", ".join(map(str, shape))}), found '
                f'{tuple(value.shape)}; it needs {needs}.'
            )


def captions(data_samples: Sequence[BaseDataElement]) -> list[str]:
    """The text of each query."""
    return [sample.get('caption') for sample in data_samples]


def side_boxes(data_samples: Sequence[BaseDataElement], side: str) -> list[Tensor]:
    """(n, 4) xyxy in pixels of the input, for each item; none where the item says nothing."""
    return [sample.get(f'{side}_boxes', torch.zeros(0, 4)) for sample in data_samples]


def boxes_or_none(
    boxes: Sequence[Tensor] | None, num_items: int, device: torch.device
) -> list[Tensor]:
    """(n, 4) float32 on the device for each item; empty ones where nothing is given.

    Raises:
        InputValueError: boxes of another number of items.
    """
    if boxes is None:
        return [torch.zeros(0, 4, device=device)] * num_items
    if len(boxes) != num_items:
        raise InputValueError(
            f'boxes: expected those of {num_items} references, found {len(boxes)} lists.'
        )
    return [
        torch.as_tensor(own, dtype=torch.float32, device=device).reshape(-1, 4) for own in boxes
    ]


def with_boxes(boxes: Mapping[str, Sequence[Tensor]]) -> list[int]:
    """Indices of the pairs that have boxes on every side."""
    return [index for index, sides in enumerate(zip(*boxes.values())) if all(map(len, sides))]


def target_identities(data_samples: Sequence[BaseDataElement]) -> Tensor:
    """(B,) int64, equal for equal names of target pictures."""
    names = [sample.get('target')['name'] for sample in data_samples]
    digests = (hashlib.sha256(name.encode()).digest()[:8] for name in names)
    return torch.tensor([int.from_bytes(digest, 'big', signed=True) for digest in digests])
