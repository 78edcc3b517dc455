"""Eight-bit copy of an exported graph (onnxruntime's static quantisation)."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from vl_runtime.atomic_files import atomic_path
from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_session import INSTALL

_PER_CHANNEL_OPSET = 13


def quantise_onnx(source: str | Path, path: str | Path, images: Sequence[Tensor]) -> list[str]:
    """Write ``path``: the graph of ``source`` with its convolutions in eight bits.

    Weights are signed, one scale a channel; activations have one scale a tensor, from their
    smallest and largest values over ``images``. Left in float32: the last convolution of each
    branch of the head (nothing averages their errors any more), the comparison with the texts,
    box decoding and suppression.

    Args:
        source: an exported float32 file, opset 13 or later.
        images: (3, H, W) uint8 BGR of the input's size, as the test pipeline gives them; some
            hundred of the data that the model will see.

    Returns:
        Names of the convolutions that stay in float32.

    Raises:
        InputValueError: no image, an early opset, a float16 file, or texts as an input.
    """
    optional.require('onnxruntime.quantization', 'Quantisation', INSTALL)
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    detector = OnnxDetector.open(source, 'cpu')
    _check(detector, images)
    onnx = optional.require('onnx', 'Quantisation', INSTALL)
    kept = last_convolutions(onnx.load(str(source)))
    with atomic_path(path) as temporary, tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / 'prepared.onnx'
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
            quantize_static(
                str(prepared),
                str(temporary),
                _reader(detector, images),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=['Conv'],
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=kept,
            )
        model = onnx.load(str(temporary))
        props = {**detector.metadata.to_props(), 'precision': '"int8"'}
        onnx.helper.set_model_props(model, props)
        onnx.save(model, str(temporary))
    return kept


def last_convolutions(model: Any) -> list[str]:
    """Names of the convolutions whose results reach no further one."""
    consumers: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    reaches: set[str] = set()  # tensors behind which a convolution comes
    last = []
    for node in reversed(model.graph.node):  # nodes stand in topological order
        further = any(name in reaches for name in node.output)
        if node.op_type == 'Conv' and not further:
            last.append(node.name)
        if node.op_type == 'Conv' or further:
            reaches.update(node.input)
    return last[::-1]


def _check(detector: OnnxDetector, images: Sequence[Tensor]) -> None:
    metadata, name = detector.metadata, detector.name
    if not len(images):
        raise InputValueError(f'{name}: expected pictures to calibrate with, found none.')
    if metadata.precision != 'fp32':
        raise InputValueError(
            f'{name}: expected a float32 file to quantise, found {metadata.precision}.'
        )
    if metadata.opset < _PER_CHANNEL_OPSET:
        raise InputValueError(
            f'{name}: quantisation a channel needs opset {_PER_CHANNEL_OPSET} or later, found '
            f'{metadata.opset} (--opset).'
        )
    if metadata.text_width is not None:
        raise InputValueError(
            f'{name}: quantisation needs a fixed vocabulary; export without --embeddings-input.'
        )


def _reader(detector: OnnxDetector, images: Sequence[Tensor]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        """One input of the graph after another."""

        def __init__(self, batches: Iterable[np.ndarray]) -> None:
            self._batches = iter(batches)

        def get_next(self) -> dict[str, np.ndarray] | None:
            """The next one, or None."""
            batch = next(self._batches, None)
            return None if batch is None else {'images': batch}

    return Reader(detector.batches(images))
