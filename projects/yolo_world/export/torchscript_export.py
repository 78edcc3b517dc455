"""A detector as a TorchScript file, compared with it before it got its name."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputValueError
from yolo_world.export.export_options import ExportOptions
from yolo_world.export.graph_module import GraphModule, texts_of

TOLERANCE = 1e-4


@dataclass(frozen=True)
class TorchScriptReport:
    """The file, and the largest difference of its outputs from those of the modules."""

    path: Path
    difference: float

    def __str__(self) -> str:
        return f'largest difference from the detector: {self.difference:.2g} (limit {TOLERANCE:g})'


def export_torchscript(
    detector: nn.Module,
    path: str | Path,
    *,
    image_size: tuple[int, int] = (640, 640),
    mode: str = 'without-nms',
    batch_size: int = 1,
    preprocess_in_graph: bool = False,
) -> TorchScriptReport:
    """Trace a detector; load the file with ``torch.jit.load``.

    The texts lie in the file as ``extra/texts.json``.

    Args:
        detector, image_size, batch_size, preprocess_in_graph: see ``export_onnx``.
        mode: as there, but no suppression: it would be traced for one picture's boxes.

    Raises:
        InputValueError: an option can't be used, or the file answers differently.
    """
    path = Path(path)
    options = ExportOptions(
        image_size=tuple(image_size),
        mode=mode,
        batch_size=batch_size,
        preprocess_in_graph=preprocess_in_graph,
    )
    options.check(max(detector.bbox_head.featmap_strides))
    if mode == 'detections':
        raise InputValueError(
            f'{path}: TorchScript files hold no suppression; use --without-nms, '
            '--without-bbox-decoder or --model-only.'
        )
    graph = GraphModule(detector, options)
    inputs = graph.example_inputs(batch_size)
    with warnings.catch_warnings(), torch.no_grad(), atomic_path(path) as temporary:
        warnings.simplefilter('ignore')  # Python numbers in shapes are constants on purpose
        traced = torch.jit.trace(graph, inputs, check_trace=False)
        extra = {'texts.json': json.dumps(texts_of(detector))}
        torch.jit.save(traced, str(temporary), _extra_files=extra)
        other = tuple(
            1 - images if images.is_floating_point() else 255 - images for images in inputs
        )
        pairs = zip(torch.jit.load(str(temporary))(*other), graph(*other), strict=True)
        difference = max(_relative(found, wanted) for found, wanted in pairs)
        if difference > TOLERANCE:
            raise InputValueError(
                f'{path}: the traced file differs from the detector by {difference:.2g} (limit '
                f'{TOLERANCE:g}), so no file was written.'
            )
    return TorchScriptReport(path, difference)


def _relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """Largest difference, in parts of the largest value."""
    return float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1))
