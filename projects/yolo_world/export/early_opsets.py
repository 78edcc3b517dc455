"""Operators that torch writes from opset 13 on, for runtimes that stop at 11."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

_UNFLATTEN = 'aten::unflatten'
_FIRST_OPSET = 13


@contextlib.contextmanager
def early_opsets(opset: int) -> Iterator[None]:
    """Let the exporter write ``unflatten`` below opset 13; its form there needs opset 11 only."""
    if opset >= _FIRST_OPSET:
        yield
        return
    from torch.onnx import symbolic_opset13

    torch.onnx.register_custom_op_symbolic(_UNFLATTEN, symbolic_opset13.unflatten, opset)
    try:
        yield
    finally:
        torch.onnx.unregister_custom_op_symbolic(_UNFLATTEN, opset)
