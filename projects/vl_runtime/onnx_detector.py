"""An ONNX file of ``tools/export_onnx.py`` in the place of a torch detector.

Letters: B images, P priors, K texts, T text width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor

from vl_runtime import compat
from vl_runtime.dense_detections import (
    decode_distances,
    detections_of_image,
    prior_centres,
    split_level,
    to_original_picture,
)
from vl_runtime.errors import InputValueError
from vl_runtime.onnx_metadata import OnnxMetadata
from vl_runtime.onnx_session import open_session

_LARGEST_BATCH = 16  # of a graph that takes any number


class OnnxDetector:
    """Detects with a fixed vocabulary; suppression in the graph, or here if it has none.

    Args:
        session: onnxruntime session of an exported file.
        metadata: what the file says about itself.
        name: of the file, for messages.
    """

    def __init__(self, session: Any, metadata: OnnxMetadata, *, name: str = 'the graph') -> None:
        self.session = session
        self.metadata = metadata
        self.name = name
        self.texts: tuple[str, ...] = metadata.texts
        self._output_names = [output.name for output in session.get_outputs()]
        batch = session.get_inputs()[0].shape[0]
        self._batch_size = batch if isinstance(batch, int) else None
        self._centres, self._strides = prior_centres(metadata.image_size, metadata.strides)

    @classmethod
    def open(cls, path: str | Path, device: str = 'auto') -> OnnxDetector:
        """Open an exported file; see ``open_session`` for the errors."""
        session = open_session(path, device)
        props = session.get_modelmeta().custom_metadata_map
        return cls(session, OnnxMetadata.from_props(props, str(path)), name=str(path))

    def pipeline(self) -> Compose:
        """From ``dict(img=BGR array, img_id=...)`` to what ``test_step`` takes."""
        compat.install()
        with DefaultScope.overwrite_default_scope(self.metadata.pipeline_scope):
            return Compose([dict(step) for step in self.metadata.pipeline])

    @property
    def texts_shown(self) -> tuple[str, ...]:
        """The vocabulary without the background text, which is never predicted."""
        return tuple(text for text in self.texts if text.strip())

    def test_step(self, data: dict[str, Any]) -> list[Any]:
        """Add ``pred_instances`` (boxes in pixels of the original picture) to every sample.

        Args:
            data: ``inputs``, a list of (3, H, W) uint8 BGR tensors of the input's size, and
                ``data_samples`` with ``ori_shape``, ``scale_factor`` and ``pad_param``.
        """
        found = self.detections(self.run(data['inputs']))
        for sample, instances in zip(data['data_samples'], found, strict=True):
            sample.pred_instances = to_original_picture(instances, sample.metainfo)
        return list(data['data_samples'])

    def run(self, inputs: Sequence[Tensor]) -> dict[str, np.ndarray]:
        """All outputs of the graph for images (3, H, W) uint8 BGR, by name.

        Raises:
            InputValueError: an image has another size than the graph takes.
        """
        parts = []
        for batch in self.batches(inputs):
            parts.append(
                self.session.run(self._output_names, {'images': batch, **self._texts_in()})
            )
        joined = [np.concatenate(column)[: len(inputs)] for column in zip(*parts)]
        return dict(zip(self._output_names, joined, strict=True))

    def batches(self, inputs: Sequence[Tensor]) -> Iterator[np.ndarray]:
        """The graph's input ``images`` for (3, H, W) uint8 BGR; black ones fill the last batch.

        Raises:
            InputValueError: an image has another size than the graph takes.
        """
        size = self._batch_size or _LARGEST_BATCH
        for start in range(0, len(inputs), size):
            part = list(inputs[start : start + size])
            for image in part:
                self._check_size(image)
            part += [torch.zeros_like(part[0])] * (size - len(part))
            yield self._normalised(torch.stack(part))

    def _check_size(self, image: Tensor) -> None:
        height, width = self.metadata.image_size
        if tuple(image.shape) != (3, height, width):
            raise InputValueError(
                f'{self.name}: expected images (3, {height}, {width}), found '
                f'{tuple(image.shape)}; the test pipeline must pad to the size of the export.'
            )

    def detections(self, outputs: dict[str, np.ndarray]) -> list[InstanceData]:
        """``bboxes``, ``scores`` and ``labels`` of every image in pixels of the input."""
        visible = torch.tensor([bool(text.strip()) for text in self.texts], dtype=torch.bool)
        if self.metadata.mode == 'detections':
            return [self._unpadded(outputs, i, visible) for i in range(len(outputs['boxes']))]
        scores, boxes = self.dense(outputs)
        return [
            detections_of_image(
                *pair,
                thresholds=self.metadata.thresholds,
                visible=visible if len(visible) else None,
            )
            for pair in zip(scores, boxes)
        ]

    def dense(self, outputs: dict[str, np.ndarray]) -> tuple[Tensor, Tensor]:
        """Scores (B, P, K) and boxes (B, P, 4) xyxy in pixels of a graph without suppression."""
        if self.metadata.mode == 'model-only':
            levels = [torch.from_numpy(outputs[name]).float() for name in self._output_names]
            num_classes = len(self.texts)
            logits, distances = zip(*(split_level(level, num_classes) for level in levels))
            scores, boxes = torch.cat(logits, dim=1).sigmoid(), torch.cat(distances, dim=1)
        else:
            scores = torch.from_numpy(outputs['scores']).float()
            boxes = torch.from_numpy(outputs['boxes']).float()
        if self.metadata.mode != 'without-nms':
            boxes = decode_distances(boxes, self._centres, self._strides)
        return scores, boxes

    def _texts_in(self) -> dict[str, np.ndarray]:
        return {}

    def _normalised(self, images: Tensor) -> np.ndarray:
        """The input that the graph takes, of images (B, 3, H, W) uint8 BGR."""
        if self.metadata.preprocess_in_graph:
            return images.permute(0, 2, 3, 1).contiguous().numpy()
        if self.metadata.bgr_to_rgb:
            images = images.flip(1)
        mean = torch.tensor(self.metadata.mean).view(1, 3, 1, 1)
        std = torch.tensor(self.metadata.std).view(1, 3, 1, 1)
        return ((images.float() - mean) / std).contiguous().numpy()

    @staticmethod
    def _unpadded(outputs: dict[str, np.ndarray], image: int, visible: Tensor) -> InstanceData:
        count = int(outputs['num_dets'][image, 0])
        labels = torch.from_numpy(outputs['labels'][image, :count]).long()
        found = InstanceData(
            bboxes=torch.from_numpy(outputs['boxes'][image, :count]).float(),
            scores=torch.from_numpy(outputs['scores'][image, :count]).float(),
            labels=labels,
        )
        # Where texts are an input, the graph can't know which of them is the background.
        return found[visible[labels]] if len(visible) else found
