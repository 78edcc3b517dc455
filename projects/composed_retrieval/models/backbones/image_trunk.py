"""What image encoders of composed retrieval share: what is frozen, in which precision."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from composed_retrieval.models.layers.token_grid import TokenGrid
from vl_runtime.errors import InputValueError

# B pictures, T = 1 + g * g tokens (class token first, rows of the grid after it), C width

DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
# Of the published layer norm behind the trunk; transformers' own is 1e-6.
POST_LAYERNORM_EPS = 1e-5


class ImageTrunk(BaseModule):
    """Pixels (B, 3, S, S) -> tokens (B, T, C), and a trained layer norm behind them.

    A subclass adds modules and ``_tokens(pixels)``, and then calls ``_finish``. All but
    ``post_layernorm`` is frozen, stays in evaluation mode and may be half precision;
    ``post_layernorm`` is trained and works in float32.

    Args:
        image_size, patch_size: in pixels; the grid has image_size // patch_size cells a side.
        dtype: of the frozen part: float32, bfloat16 or float16.
        frozen: train the whole trunk when False (small ones from scratch; tokens then can't
            be cached).

    Raises:
        InputValueError: an unknown ``dtype``.
    """

    def __init__(self, image_size: int, patch_size: int, *, dtype: str, frozen: bool) -> None:
        super().__init__()
        if dtype not in DTYPES:
            raise InputValueError(
                f'model.trunk.dtype: expected one of {", ".join(DTYPES)}, found {dtype!r}.'
            )
        self.image_size = image_size
        self.patch_size = patch_size
        self.frozen = frozen
        self._dtype = DTYPES[dtype]

    def _finish(self, width: int) -> None:
        """Freeze and cast what is there, then add the trained layer norm."""
        self.width = width
        self.to(self._dtype)
        if self.frozen:
            self.requires_grad_(False)
        self.post_layernorm = nn.LayerNorm(width, eps=POST_LAYERNORM_EPS)
        self.train(self.training)

    @property
    def grid(self) -> TokenGrid:
        """The cells whose tokens stand behind the class token."""
        side = self.image_size // self.patch_size
        return TokenGrid(side, self.image_size / side)

    def forward(self, pixels: Tensor) -> Tensor:
        """Tokens before ``post_layernorm``: what a cache of tokens holds."""
        if self.frozen:
            # Autocast would run float16 weights in bfloat16, or cast float32 ones.
            with torch.no_grad(), torch.autocast(pixels.device.type, enabled=False):
                return self._tokens(pixels.to(self._dtype))
        return self._tokens(pixels)

    def normalised(self, tokens: Tensor) -> Tensor:
        """(B, T, C) float32 behind the trained layer norm."""
        with torch.autocast(tokens.device.type, enabled=False):
            return self.post_layernorm(tokens.float())

    def train(self, mode: bool = True) -> ImageTrunk:
        """The frozen part stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            for name, module in self.named_children():
                module.train(mode and name == 'post_layernorm')
        return self

    def init_weights(self) -> None:
        """Nothing: the constructor has initialised all, mmengine's pass would do it again."""

    def _tokens(self, pixels: Tensor) -> Tensor:
        raise NotImplementedError
