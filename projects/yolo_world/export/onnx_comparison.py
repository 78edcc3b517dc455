"""Does an exported graph answer as its detector does? Asked after every export.

Letters: B images, P priors, K texts, N detections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.ops import box_iou

from vl_runtime.compat import optional
from vl_runtime.demo.shapes_data import PHRASES, draw_image
from vl_runtime.dense_detections import detections_of_image
from vl_runtime.errors import InputValueError
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_metadata import OnnxMetadata
from vl_runtime.onnx_session import INSTALL, open_session
from vl_runtime.onnx_text_detector import OnnxTextDetector
from yolo_world.export.detection_outputs import DetectionOutputs
from yolo_world.export.export_network import fixed_text_feats

DRAWN_PICTURES = 4
# By precision: pixels of the input, score, part of the detections that may lack a partner.
# float16 has 11 bits: a distance of 15 strides of 32 pixels is exact to a quarter pixel, and a
# dozen layers of such rounding lie in front of it.
TOLERANCES = {'fp32': (0.1, 1e-3, 0.01), 'fp16': (4.0, 0.03, 0.1)}
_BEST_PRIORS = 300


@dataclass(frozen=True)
class OnnxComparison:
    """Largest differences between a graph and its detector.

    Attributes:
        num_images: that were compared.
        box_difference: pixels of the input, over all priors (fp16: the best 300 an image).
        score_difference: over all priors and texts.
        num_detections: of the detector, after suppression at the thresholds of the export.
        unpaired: detections of either side that the other side lacks.
        box_tolerance, score_tolerance, unpaired_tolerance: the limits.
    """

    num_images: int
    box_difference: float
    score_difference: float
    num_detections: int
    unpaired: int
    box_tolerance: float
    score_tolerance: float
    unpaired_tolerance: float

    @property
    def within_tolerance(self) -> bool:
        """Whether the graph may be used in place of the detector."""
        return (
            self.box_difference <= self.box_tolerance
            and self.score_difference <= self.score_tolerance
            and self.unpaired <= self.unpaired_tolerance * max(self.num_detections, 1)
        )

    def __str__(self) -> str:
        return (
            f'largest difference from the detector on {self.num_images} images: boxes '
            f'{self.box_difference:.2g} px (limit {self.box_tolerance:g}), scores '
            f'{self.score_difference:.2g} (limit {self.score_tolerance:g}); '
            f'{self.num_detections} detections, {self.unpaired} without a partner'
        )


def compare_onnx(
    detector: nn.Module,
    model: Any,
    metadata: OnnxMetadata,
    images: Sequence[np.ndarray] | None = None,
    *,
    name: str,
) -> OnnxComparison:
    """Run both on pictures, the detector by its own forward pass.

    Args:
        detector: that was exported, in evaluation mode.
        model: the ONNX model in memory.
        metadata: of the model; its pipeline prepares the pictures.
        images: BGR arrays (H, W, 3); drawn ones if there are none.
        name: of the file, for messages.

    Raises:
        InputValueError: a difference is above tolerance.
    """
    chosen = list(images or ()) or drawn_pictures()
    with DefaultScope.overwrite_default_scope(metadata.pipeline_scope):
        pipeline = Compose([dict(step) for step in metadata.pipeline])
        packed = [pipeline({'img': image, 'img_id': i}) for i, image in enumerate(chosen)]
    inputs = [item['inputs'] for item in packed]
    graph = _opened(detector, model, metadata, name)
    outputs = graph.run(inputs)
    if metadata.mode == 'detections':
        scores, boxes = (torch.from_numpy(outputs[n]) for n in DetectionOutputs.dense_names)
    else:
        scores, boxes = graph.dense(outputs)
    expected_scores, expected_boxes = dense_of_detector(detector, inputs)
    if metadata.text_width is not None:
        expected_scores = expected_scores.repeat(1, 1, 2)  # see _opened
    wanted = [
        detections_of_image(*pair, thresholds=metadata.thresholds, visible=_visible(graph.texts))
        for pair in zip(expected_scores, expected_boxes)
    ]
    limits = TOLERANCES[metadata.precision]
    result = OnnxComparison(
        num_images=len(chosen),
        box_difference=_box_difference(boxes, expected_boxes, expected_scores, metadata.precision),
        score_difference=float((scores - expected_scores).abs().max()),
        num_detections=sum(len(one) for one in wanted),
        unpaired=sum(
            _unpaired(one, other, metadata.thresholds, limits)
            for one, other in zip(graph.detections(outputs), wanted, strict=True)
        ),
        box_tolerance=limits[0],
        score_tolerance=limits[1],
        unpaired_tolerance=limits[2],
    )
    if not result.within_tolerance:
        raise InputValueError(f'{name}: {result}; above the limit, so no file was written.')
    return result


def drawn_pictures() -> list[np.ndarray]:
    """Pictures of coloured shapes in several sizes and forms."""
    generator = np.random.default_rng(0)
    sizes = [(160, 160), (480, 320), (200, 640), (640, 640)][:DRAWN_PICTURES]
    pictures = []
    for height, width in sizes:
        picture, _ = draw_image(generator, PHRASES, max(height, width), 4)
        pictures.append(np.ascontiguousarray(picture[:height, :width]))
    return pictures


@torch.no_grad()
def dense_of_detector(detector: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Scores (B, P, K) and boxes (B, P, 4) of images (3, H, W) uint8 BGR; pixels of the input."""
    device = next(detector.parameters()).device
    head = detector.bbox_head
    scores, boxes = [], []
    for image in inputs:
        batch = detector.data_preprocessor({'inputs': [image.to(device)], 'data_samples': None})
        logits, distances = detector(batch['inputs'], mode='tensor')[:2]
        sizes = [level.shape[2:] for level in logits]
        priors = head.prior_generator.grid_priors(sizes, device=device, with_stride=True)
        priors = torch.cat(priors).float()
        flat = torch.cat([level.flatten(2) for level in distances], dim=2).transpose(1, 2).float()
        boxes.append(head.bbox_coder.decode(priors[:, :2], flat, priors[:, 2]).cpu())
        joined = torch.cat([level.flatten(2) for level in logits], dim=2).transpose(1, 2)
        scores.append(joined.float().sigmoid().cpu())
    return torch.cat(scores), torch.cat(boxes)


def _opened(
    detector: nn.Module, model: Any, metadata: OnnxMetadata, name: str
) -> OnnxDetector | OnnxTextDetector:
    """The graph in onnxruntime; one with suppression puts out its dense values as well."""
    onnx = optional.require('onnx', 'ONNX export', INSTALL)
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    if metadata.mode == 'detections':
        watched.graph.output.extend(
            onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)
            for output in DetectionOutputs.dense_names
        )
    session = open_session(watched.SerializeToString(), name=name)
    if metadata.text_width is None:
        return OnnxDetector(session, metadata, name=name)
    graph = OnnxTextDetector(session, metadata, name=name)
    feats = fixed_text_feats(detector)[0].cpu()
    # Every text twice: another number than the graph was traced with, and known answers.
    feats = torch.cat([feats, feats])
    graph.set_vocabulary([f'text {index}' for index in range(len(feats))], text_feats=feats)
    return graph


def _visible(texts: Sequence[str]) -> Tensor:
    return torch.tensor([bool(text.strip()) for text in texts])


def _box_difference(found: Tensor, expected: Tensor, scores: Tensor, precision: str) -> float:
    difference = (found - expected).abs().amax(dim=2)
    if precision == 'fp16':
        count = min(_BEST_PRIORS, difference.shape[1])
        difference = difference.gather(1, scores.amax(dim=2).topk(count).indices)
    return float(difference.max())


def _unpaired(
    found: InstanceData, wanted: InstanceData, thresholds: dict, limits: tuple[float, ...]
) -> int:
    """Detections without one of the same class, place and score on the other side.

    Those within the score tolerance of the threshold, or of the last place of a full list, may
    be there or not. So may those that lost to another winner: where two overlapping boxes score
    the same but for rounding, each side may keep the other one.
    """
    box_limit, score_limit, _ = limits
    same = found.labels[:, None] == wanted.labels[None]
    near = same & ((found.scores[:, None] - wanted.scores[None]).abs() <= score_limit)
    distance = (found.bboxes[:, None] - wanted.bboxes[None]).abs().flatten(2)
    near &= distance.amax(dim=2) <= box_limit
    lonely, other_lonely = ~near.any(dim=1), ~near.any(dim=0)
    # The tolerance of boxes moves an IoU by little; two boxes that touch the threshold stay in.
    rivals = same & (box_iou(found.bboxes, wanted.bboxes) > thresholds['iou_threshold'] - 0.01)
    rivals &= lonely[:, None] & other_lonely[None]
    lead = wanted.scores[None] - found.scores[:, None]
    beaten = (rivals & (lead >= -score_limit)).any(dim=1)
    other_beaten = (rivals & (lead <= score_limit)).any(dim=0)
    total = 0
    for side, unexplained in ((found, lonely & ~beaten), (wanted, other_lonely & ~other_beaten)):
        least = thresholds['score_threshold']
        if len(side) == thresholds['keep_top_k']:
            least = max(least, float(side.scores.min()))
        total += int((unexplained & (side.scores > least + score_limit)).sum())
    return total
