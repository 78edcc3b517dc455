"""One picture as a model takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class ImageInput:
    """What an image processor made of one picture.

    Attributes:
        pixel_values: float32; patches (P, channels * temporal * patch * patch) of a Qwen model in
            merge-window order, (3, H, W) of Florence-2.
        grid_thw: (1, 3) int64, frames, rows and columns of the patches; None for Florence-2.
        num_tokens: placeholder tokens that stand for the picture in the prompt.
        token_id: id of the placeholder token.
        image_size_wh: width and height of the picture that came in, pixels.
        model_size_wh: width and height that the model sees, pixels.
    """

    pixel_values: Tensor
    grid_thw: Tensor | None
    num_tokens: int
    token_id: int
    image_size_wh: tuple[int, int]
    model_size_wh: tuple[int, int]

    @property
    def token_grid_hw(self) -> tuple[int, int]:
        """Rows and columns of the picture's tokens.

        Florence-2 puts one more before them, their mean.
        """
        if self.grid_thw is None:
            side = math.isqrt(self.num_tokens)
            return side, side
        frames, rows, columns = self.grid_thw[0].tolist()
        merge = math.isqrt(frames * rows * columns // self.num_tokens)
        return rows // merge, columns // merge
