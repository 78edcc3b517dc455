"""ONNX files of one detector for vocabularies that a user chooses while it runs."""

from __future__ import annotations

import copy
from pathlib import Path

from mmengine.config import Config
from torch import nn

from vl_runtime.errors import InputValueError
from vl_runtime.recipe_parts import array_steps
from yolo_world.export.onnx_export import OnnxReport, export_onnx


class VocabularyExporter:
    """Writes the re-parameterised detector with its present vocabulary, compared with it.

    Args:
        config: the detector's recipe; its test pipeline tells the size of the input.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._steps = array_steps(config)

    def __call__(self, detector: nn.Module, path: Path) -> OnnxReport:
        """Write ``path``; the detector isn't changed.

        Raises:
            InputValueError: the pipeline brings pictures to no fixed size, the detector has no
                vocabulary, a package is missing, or the graph answers differently.
        """
        scales = [step['scale'] for step in self._steps if 'scale' in step]
        if not scales:
            raise InputValueError(
                f'{self._config.filename}: expected a test pipeline with a resize step (its size '
                'is that of the ONNX input), found none.'
            )
        width, height = scales[-1]
        fused = detector.fuse().eval()
        if next(fused.parameters()).device.type != 'cpu':
            fused = copy.deepcopy(fused).cpu()  # the weights are shared with the detector
        return export_onnx(
            fused,
            path,
            image_size=(height, width),
            score_threshold=0.05,  # low: who uses the file chooses a higher one
            pipeline=self._steps,
            pipeline_scope=self._config.get('default_scope') or 'mmdet',
        )
