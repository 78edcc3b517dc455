"""What every picture token shows and where: dense supervision beside the answer's text.

Letters: T picture tokens, K objects of one picture, V texts of the batch, D width of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputValueError

_NOTHING = -1  # token of the background


@dataclass(frozen=True)
class GroundedTokens:
    """One picture of a batch.

    Attributes:
        states: (T, D), the picture tokens as the language model reads them, row by row.
        grid_hw: rows and columns of the tokens.
        boxes: (K, 4) xyxy as fractions of the picture.
        texts: (K,) int64, indices into the texts of the batch.
        units_wh: how many numbers there are along a side, as an answer writes them.
    """

    states: Tensor
    grid_hw: tuple[int, int]
    boxes: Tensor
    texts: Tensor
    units_wh: tuple[int, int]


@MODELS.register_module()
class TokenGroundingLoss(nn.Module):
    """Each picture token inside an object's box tells the object's text and its box.

    An answer gives a picture one hint about where things are, the tokens of the picture give
    many: the vision part learns from them long before the language part can read it. Text and
    numbers are told by likeness to the embeddings that the language part reads and writes, so
    that what a token shows and the words for it come to lie in one place. A token inside
    several boxes belongs to the one whose centre is nearest, and every box owns the token at
    its centre. Nothing of this is used in prediction.

    Args:
        width: D.
        places: of the tokens of a number that are told: (1,) where a token is a whole number,
            (100, 10) for hundreds and tens where it is a digit.
        text_weight, box_weight: of the two terms.
        background_weight: of tokens that show nothing, relative to those that show something;
            most tokens do.
        spread: std of the numbers that are told, as a part of all numbers that one token can
            be: near numbers are nearly right.
        scale: of the likeness, before the softmax.

    Raises:
        InputValueError: a weight below 0.
    """

    def __init__(
        self,
        width: int,
        places: Sequence[int],
        *,
        text_weight: float = 1.0,
        box_weight: float = 1.0,
        background_weight: float = 0.2,
        spread: float = 0.015,
        scale: float = 8.0,
    ) -> None:
        super().__init__()
        weights = {
            'text_weight': text_weight,
            'box_weight': box_weight,
            'background_weight': background_weight,
            'spread': spread,
        }
        for name, value in weights.items():
            if value < 0:
                raise InputValueError(f'auxiliary.{name}: expected 0 or more, found {value}.')
        self.text_weight, self.box_weight = text_weight, box_weight
        self.background_weight = background_weight
        self.places, self.spread = tuple(places), spread
        self.scale = scale * width**-0.5
        self.likeness = nn.Linear(width, width)
        self.background = nn.Linear(width, 1)
        self.numbers = nn.Linear(width, 4 * len(self.places) * width)

    def forward(
        self, pictures: Sequence[GroundedTokens], texts: Tensor, numbers: Tensor
    ) -> dict[str, Tensor]:
        """The two terms, and how many tokens inside boxes name their text.

        Args:
            texts: (V, D), an embedding for each text of the batch.
            numbers: (base, D), those of the tokens that numbers are written with, 0 first.

        Returns:
            ``loss_token_text`` and ``loss_token_box`` (nats, the mean over sides and places),
            both weighted; ``acc_token_text``, 0..1, for the log.
        """
        owners = [token_owners(picture.boxes, picture.grid_hw) for picture in pictures]
        states = torch.cat([picture.states for picture in pictures])
        inside = torch.cat(owners) != _NOTHING
        targets = torch.cat([_chosen(p.texts, owner) for p, owner in zip(pictures, owners)])
        units = torch.cat([_chosen(_in_units(p), owner) for p, owner in zip(pictures, owners)])
        logits = self._text_logits(states, texts).float()
        nll = F.cross_entropy(logits, torch.where(inside, targets, len(texts)), reduction='none')
        weights = torch.where(inside, 1.0, self.background_weight)
        named = logits.argmax(dim=1) == targets
        count = inside.sum().clamp(min=1)
        box = self._number_nll(states[inside], units[inside], numbers)
        # The zero keeps the layers in the graph of a batch without objects, as DDP expects.
        none = self.numbers(states[:1]).sum() * 0
        return {
            'loss_token_text': self.text_weight * (nll * weights).sum() / weights.sum().clamp(1e-6),
            'loss_token_box': self.box_weight * (box.sum() / count + none),
            'acc_token_text': (named & inside).sum() / count,
        }

    def _text_logits(self, states: Tensor, texts: Tensor) -> Tensor:
        """(T, V + 1), the last for the background."""
        likeness = self.likeness(states) @ texts.to(states).T * self.scale
        return torch.cat([likeness, self.background(states)], dim=1)

    def _number_nll(self, states: Tensor, units: Tensor, numbers: Tensor) -> Tensor:
        """(n,) of the numbers ``units`` (n, 4), the mean over sides and places."""
        base = len(numbers)
        told = self.numbers(states).reshape(len(states), 4, len(self.places), states.shape[1])
        logits = (told @ numbers.to(states).T * self.scale).float()
        places = torch.tensor(self.places, device=units.device)
        targets = units[..., None] // places % base
        steps = torch.arange(base, device=units.device)
        far = (steps - targets[..., None]) / max(self.spread * base, 1e-3)
        wanted = torch.softmax(-0.5 * far.square(), dim=-1)
        return -(wanted * logits.log_softmax(dim=-1)).sum(dim=-1).mean(dim=(1, 2))


def token_owners(boxes: Tensor, grid_hw: tuple[int, int]) -> Tensor:
    """Which box each token of a grid belongs to.

    Args:
        boxes: (K, 4) xyxy as fractions of the picture.
        grid_hw: rows and columns.

    Returns:
        (rows * columns,) int64 indices, -1 for tokens whose centre lies in no box.
    """
    rows, columns = grid_hw
    if not len(boxes):
        return torch.full((rows * columns,), _NOTHING, dtype=torch.int64, device=boxes.device)
    y = (torch.arange(rows, device=boxes.device) + 0.5) / rows
    x = (torch.arange(columns, device=boxes.device) + 0.5) / columns
    places = torch.stack(torch.meshgrid(x, y, indexing='xy'), dim=-1).reshape(-1, 1, 2)
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    # 0 at the centre of a box, 1 on its sides.
    distance = ((places - centres) / (sizes / 2).clamp(min=1e-6)).abs().amax(dim=-1)
    column = (centres[:, 0] * columns).long().clamp(0, columns - 1)
    row = (centres[:, 1] * rows).long().clamp(0, rows - 1)
    own = (row * columns + column, torch.arange(len(boxes), device=boxes.device))
    distance[own] = distance[own].clamp(max=1) * 0.01
    nearest, owner = distance.min(dim=1)
    return torch.where(nearest < 1, owner, _NOTHING)


def _in_units(picture: GroundedTokens) -> Tensor:
    """(K, 4) int64, the numbers of an answer."""
    units = picture.boxes.new_tensor([*picture.units_wh, *picture.units_wh])
    return torch.minimum((picture.boxes * units).floor().clamp(min=0), units - 1).long()


def _chosen(values: Tensor, owner: Tensor) -> Tensor:
    """``values`` of each token's owner; zeros where it has none."""
    if not len(values):
        return values.new_zeros((len(owner), *values.shape[1:]))
    kept = values[owner.clamp(min=0)]
    return torch.where((owner == _NOTHING).reshape(-1, *[1] * (values.dim() - 1)), 0, kept)
