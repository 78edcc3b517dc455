"""Open ONNX files in onnxruntime."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from vl_runtime.compat import optional
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

INSTALL = 'pip install "mmground[export]"'
_PROVIDERS = {'cpu': 'CPUExecutionProvider', 'cuda': 'CUDAExecutionProvider'}


def require_onnxruntime(feature: str = 'Running an ONNX file') -> ModuleType:
    """The package onnxruntime.

    Raises:
        InputValueError: it is not installed.
    """
    return optional.require('onnxruntime', feature, INSTALL)


def open_session(model: str | Path | bytes, device: str = 'cpu', *, name: str = '') -> Any:
    """An ``InferenceSession`` that takes as many threads as torch does.

    Args:
        model: a file, or its bytes.
        device: ``cpu``, ``cuda`` or ``auto`` (CUDA if this onnxruntime has it).
        name: what to call bytes in messages.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: it is no ONNX file, or onnxruntime lacks the device.
    """
    runtime = require_onnxruntime()
    if not isinstance(model, bytes):
        name = str(model)
        if not Path(model).is_file():
            raise InputFileNotFoundError(f'{model}: {why_missing(Path(model))}')
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    providers = [_provider(runtime, device)]
    source = model if isinstance(model, bytes) else str(model)
    state = runtime.capi.onnxruntime_pybind11_state
    failures = (state.InvalidProtobuf, state.InvalidGraph, state.Fail, state.NotImplemented)
    try:
        return runtime.InferenceSession(source, options, providers=providers)
    except failures as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputValueError(f'{name}: onnxruntime cannot open it ({reason}).') from error


def _provider(runtime: ModuleType, device: str) -> str:
    there = runtime.get_available_providers()
    if device == 'auto':
        device = 'cuda' if _PROVIDERS['cuda'] in there else 'cpu'
    kind = device.partition(':')[0]
    if kind not in _PROVIDERS:
        raise InputValueError(f'device: expected auto, cpu or cuda, found {device!r}.')
    if _PROVIDERS[kind] not in there:
        raise InputValueError(
            f'device: this onnxruntime has no {_PROVIDERS[kind]} (pip install onnxruntime-gpu), '
            f"only {', '.join(there)}; use 'cpu'."
        )
    return _PROVIDERS[kind]
