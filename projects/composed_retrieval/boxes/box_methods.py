"""The four ways to find boxes, by name, with their usual settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from composed_retrieval.boxes.box_selection import BoxSelection
from composed_retrieval.boxes.detector_boxes import DetectorBoxes, HybridBoxes
from composed_retrieval.boxes.generate_boxes import BoxFinder
from composed_retrieval.boxes.saliency_boxes import SaliencyBoxes
from vl_runtime.downloads.checksums import sha256_of
from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor

_SALIENT = BoxSelection(score_threshold=0, max_boxes=3)
_OF_A_METHOD = {
    'saliency': _SALIENT,
    'detector': BoxSelection(),
    'hybrid': BoxSelection(),
    'open-vocab': BoxSelection(score_threshold=0.05, sort_by='score'),
}
METHODS = tuple(_OF_A_METHOD)


@dataclass(frozen=True)
class DetectorSource:
    """A detector by its files.

    Attributes:
        config: recipe. checkpoint: its weights. device: as ``Predictor.from_checkpoint``.
        texts: what to look for; empty for the recipe's classes.
    """

    config: str
    checkpoint: str | None = None
    device: str = 'auto'
    texts: tuple[str, ...] = ()
    trust_checkpoint: bool = False

    def provenance(self) -> dict[str, Any]:
        """What a sidecar says of it: names, and a digest of the weights."""
        known = self.checkpoint is not None and Path(self.checkpoint).is_file()
        return {
            'detector_config': self.config,
            'detector_checkpoint': self.checkpoint,
            'detector_sha256': sha256_of(Path(self.checkpoint)) if known else None,
            'detector_texts': list(self.texts),
        }

    def open(self, method: str) -> Predictor:
        """The predictor; InputValueError if it takes no texts although the method needs them."""
        predictor = Predictor.from_checkpoint(
            self.config, self.checkpoint, self.device, trust_checkpoint=self.trust_checkpoint
        )
        if method == 'open-vocab' and not hasattr(predictor.model, 'set_vocabulary'):
            raise InputValueError(
                f'--method open-vocab: {self.config} is a detector of fixed classes and takes no '
                'texts; use YOLO-World or a vision-language model.'
            )
        if self.texts:
            predictor.set_vocabulary(self.texts)
        return predictor


def selection_of(method: str, changes: dict[str, Any]) -> BoxSelection:
    """The usual selection of a method with those ``changes`` that are not None.

    Raises:
        InputValueError: a value that can't be used.
    """
    return replace(
        _OF_A_METHOD[method], **{key: value for key, value in changes.items() if value is not None}
    )


def settings_of(
    method: str, selection: BoxSelection, source: DetectorSource | None
) -> dict[str, Any]:
    """What boxes depend on, for part files and sidecars.

    Raises:
        InputValueError: a method with a detector, and none given, or the other way round.
    """
    if (source is None) != (method == 'saliency'):
        wanted = 'takes no detector; leave out' if source else 'needs a detector; give'
        raise InputValueError(f'--method {method}: {wanted} --detector and --checkpoint.')
    return {
        'method': method,
        **asdict(selection),
        **({} if source is None else source.provenance()),
    }


def build_finder(
    method: str, selection: BoxSelection, source: DetectorSource | None, *, batch_size: int = 8
) -> BoxFinder:
    """What finds boxes by ``method``; arguments as ``settings_of`` has checked them."""
    if source is None:
        return SaliencyBoxes(selection)
    detector = DetectorBoxes(source.open(method), selection, batch_size=batch_size)
    if method != 'hybrid':
        return detector
    fallback = replace(
        _SALIENT, min_area=selection.min_area, nms_iou=selection.nms_iou, max_boxes=2
    )
    return HybridBoxes(detector, SaliencyBoxes(fallback))
