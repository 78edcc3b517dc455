"""Pictures of a batch as normalised pixels, or tokens of a cache as they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime.errors import InputValueError

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@MODELS.register_module()
class RetrievalPreprocessor(BaseDataPreprocessor):
    """``inputs`` of ``PackPictures``, collated -> batched tensors on the device.

    ``reference``, ``target`` and ``image``: uint8 RGB (B, 3, S, S), or a list of (3, S, S),
    become float32, 0..1, less ``mean``, over ``std``. ``<side>_tokens``: (B, T, C), or a list
    of (T, C), keep their type.

    Args:
        mean, std: of red, green, blue in 0..1; CLIP's by default, which BLIP-2 was trained with.

    Raises:
        InputValueError: pictures of different sizes in a batch, or that are not uint8.
    """

    def __init__(self, mean: Sequence[float] = CLIP_MEAN, std: Sequence[float] = CLIP_STD) -> None:
        super().__init__()
        for name, values in (('mean', mean), ('std', std)):
            values = torch.tensor(values, dtype=torch.float32).reshape(3, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """``inputs`` as above and ``data_samples`` on the device; ``training`` has no effect."""
        data = self.cast_data(data)
        inputs = {side: self._batched(side, value) for side, value in data['inputs'].items()}
        return {**data, 'inputs': inputs}

    def _batched(self, side: str, value: Tensor | Sequence[Tensor]) -> Tensor:
        if not isinstance(value, Tensor):
            shapes = {tuple(item.shape) for item in value}
            if len(shapes) > 1:
                raise InputValueError(
                    f'{side}: expected one size in a batch, found {sorted(shapes)}; the pipeline '
                    'needs PadResizeCrop.'
                )
            value = torch.stack(list(value))
        if side.endswith('_tokens'):
            return value
        if value.dtype != torch.uint8:
            raise InputValueError(f'{side}: expected uint8 RGB pictures, found {value.dtype}.')
        return (value.float() / 255 - self.mean) / self.std
