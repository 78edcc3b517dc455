"""The device that a ``--device`` argument names."""

from __future__ import annotations

import torch
from mmengine.device import get_device

from vl_runtime.errors import InputValueError


def torch_device(name: str) -> torch.device:
    """``'auto'`` (the first GPU, NPU or MPS device, else the CPU), or a device by its name.

    Raises:
        InputValueError: no such device, or it is not there.
    """
    if name == 'auto':
        return torch.device(get_device())
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputValueError(
            f'device: expected auto, cpu, cuda or cuda:<index>, found {name!r}.'
        ) from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise InputValueError(
            f'device: {name!r} is not there (torch sees {torch.cuda.device_count()} GPUs); '
            "use 'auto' or 'cpu'."
        )
    return device
