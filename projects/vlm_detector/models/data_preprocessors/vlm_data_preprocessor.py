"""Bring a batch of conversations to the model's device and precision."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.families.batching import require_token_types
from vlm_detector.families.image_input import ImageInput

_DTYPES = ('float32', 'bfloat16', 'float16')


@MODELS.register_module()
class VLMDataPreprocessor(BaseDataPreprocessor):
    """Moves tensors, casts pixel values; stacks nothing, for patches have no batch dimension.

    Args:
        pixel_dtype: of the pixel values; ``VLMDetector`` gives that of its model by default.

    Raises:
        InputValueError: an unknown type, or patches without ``mm_token_type_ids``.
    """

    def __init__(self, pixel_dtype: str = 'float32') -> None:
        super().__init__()
        if pixel_dtype not in _DTYPES:
            raise InputValueError(
                f'data_preprocessor.pixel_dtype: expected one of {_DTYPES}, found {pixel_dtype!r}.'
            )
        self._pixel_dtype = getattr(torch, pixel_dtype)

    def forward(self, data: dict, training: bool = False) -> dict:
        """``data`` with its tensors on the device.

        Args:
            data: ``inputs`` and ``data_samples``: tensors of ``vlm_train_collate``; or, for
                prediction, a dict with ``image`` for each picture, which may also come as one
                dict with a list.
            training: has no effect.
        """
        inputs = data['inputs']
        if isinstance(inputs, Mapping) and 'image' in inputs:  # what pseudo_collate makes of items
            inputs = [{'image': image} for image in inputs['image']]
        elif isinstance(inputs, Mapping):
            require_token_types(inputs)
        return {**self.cast_data(data), 'inputs': self._inputs(inputs)}

    def _inputs(self, value: Any, key: str = '') -> Any:
        if isinstance(value, Mapping):
            return {name: self._inputs(part, name) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._inputs(part) for part in value)
        if isinstance(value, ImageInput):
            grid = value.grid_thw
            return dataclasses.replace(
                value,
                pixel_values=self._inputs(value.pixel_values, 'pixel_values'),
                grid_thw=None if grid is None else grid.to(self.device),
            )
        if isinstance(value, torch.Tensor):
            dtype = self._pixel_dtype if key == 'pixel_values' else value.dtype
            return value.to(device=self.device, dtype=dtype, non_blocking=self._non_blocking)
        return value
