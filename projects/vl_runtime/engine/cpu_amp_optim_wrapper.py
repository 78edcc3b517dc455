"""bf16 autocast for training on a CPU."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn

# Instructions that multiply bf16 numbers. Without them bf16 is emulated and slower than fp32.
_BF16_FLAGS = {'avx512_bf16', 'amx_bf16', 'bf16'}  # x86, x86, ARM


def cpu_has_bf16(cpu_info: str | Path = '/proc/cpuinfo') -> bool:
    """Whether the CPU multiplies bf16 numbers itself (known on Linux; elsewhere False)."""
    path = Path(cpu_info)
    if not path.is_file():
        return False
    for line in path.read_text().splitlines():
        name, _, value = line.partition(':')
        if name.strip().lower() in ('flags', 'features'):
            return not _BF16_FLAGS.isdisjoint(value.split())
    return False


@OPTIM_WRAPPERS.register_module()
class CpuAmpOptimWrapper(OptimWrapper):
    """An ``OptimWrapper`` whose forward pass runs under bf16 autocast on the CPU.

    bf16 has the range of fp32, so the loss is not scaled and the state dict is that of
    ``OptimWrapper``: a run can be resumed with or without it. Accumulation and gradient
    clipping work as there.
    """

    @contextlib.contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast around the forward pass and the loss of one training step."""
        with super().optim_context(model), torch.autocast('cpu', dtype=torch.bfloat16):
            yield
