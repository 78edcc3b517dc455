"""How a graph is to look, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from vl_runtime.errors import InputValueError
from vl_runtime.onnx_metadata import MODES

OPSETS = (11, 20)


@dataclass(frozen=True)
class ExportOptions:
    """Options of ``export_onnx``, where they are explained."""

    image_size: tuple[int, int] = (640, 640)
    mode: str = 'detections'
    batch_size: int = 1
    dynamic_batch: bool = False
    opset: int = 17
    embeddings_input: bool = False
    preprocess_in_graph: bool = False
    fp16: bool = False
    simplify: bool = False
    score_threshold: float = 0.25
    iou_threshold: float = 0.65
    pre_top_k: int = 1000
    keep_top_k: int = 100

    def check(self, max_stride: int = 32) -> None:
        """Raise InputValueError for values that can't be exported, naming the first one."""
        if self.mode not in MODES:
            raise InputValueError(f'mode: expected one of {MODES}, found {self.mode!r}.')
        if any(side < max_stride or side % max_stride for side in self.image_size):
            raise InputValueError(
                f'image_size: expected multiples of {max_stride} (the coarsest stride), found '
                f'{tuple(self.image_size)}.'
            )
        if not OPSETS[0] <= self.opset <= OPSETS[1]:
            raise InputValueError(
                f'opset: expected {OPSETS[0]} to {OPSETS[1]} (what the exporter of torch '
                f'writes), found {self.opset}.'
            )
        if self.batch_size < 1:
            raise InputValueError(f'batch_size: expected at least 1, found {self.batch_size}.')
        for name in ('score_threshold', 'iou_threshold'):
            if not 0 <= getattr(self, name) <= 1:
                raise InputValueError(
                    f'{name}: expected a value from 0 to 1, found {getattr(self, name)}.'
                )
        if self.pre_top_k < 1:
            raise InputValueError(f'pre_top_k: expected at least 1, found {self.pre_top_k}.')
        if not 1 <= self.keep_top_k <= self.pre_top_k:
            raise InputValueError(
                f'keep_top_k: expected 1 to pre_top_k ({self.pre_top_k}), found {self.keep_top_k}.'
            )
