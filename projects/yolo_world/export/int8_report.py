"""What eight bits cost: average precision of a file and of its quantised copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_evaluation import evaluate_onnx, scoring_parts
from vl_runtime.reports.tables import text_table
from yolo_world.export.export_recipe import ExportSource
from yolo_world.export.onnx_quantisation import quantise_onnx


@dataclass(frozen=True)
class Int8Report:
    """Scores of both files on the test data.

    Attributes:
        path: the quantised file.
        scores: metric values (0..1) by file name.
        megabytes, seconds: size, and time of the evaluation, by file name.
        num_calibration: pictures that the ranges come from.
    """

    path: Path
    scores: dict[str, dict[str, float]]
    megabytes: dict[str, float]
    seconds: dict[str, float]
    num_calibration: int

    def table(self) -> str:
        """Scores, sizes and times, a file in a row."""
        metrics = [
            name
            for name, value in next(iter(self.scores.values())).items()
            if isinstance(value, float) and name.rsplit('/', 1)[-1].startswith('bbox_mAP')
        ][:3]
        rows = [
            (
                name,
                *(f'{values[metric]:.3f}' for metric in metrics),
                f'{self.megabytes[name]:.1f}',
                f'{self.seconds[name]:.1f}',
            )
            for name, values in self.scores.items()
        ]
        return text_table(('file', *metrics, 'MB', 'seconds'), rows)


def quantise_and_score(
    source: ExportSource,
    path: str | Path,
    *,
    num_calibration: int = 100,
    images: str | Path | None = None,
    max_images: int | None = None,
    progress: Callable[..., Iterable] = lambda items, **_: items,
) -> Int8Report:
    """Write ``<name>_int8.onnx`` beside ``path`` and score both on the test data.

    Args:
        source: recipe and detector that ``path`` was exported from.
        num_calibration: pictures that give the ranges.
        images: folder of them; by default the recipe's training data.
        max_images: score on so many pictures only.
        progress: a progress bar, called as ``progress(batches, total=number)``.

    Raises: as ``quantise_onnx`` and ``evaluate_onnx``.
    """
    path = Path(path)
    part = _scored_part(source)
    quantised = path.with_name(f'{path.stem}_int8.onnx')
    size = OnnxDetector.open(path, 'cpu').metadata.image_size
    scores, megabytes, seconds = {}, {}, {}
    for file in (path, quantised):
        if file == quantised:
            inputs = source.calibration_inputs(size, num_calibration, images)
            quantise_onnx(path, quantised, inputs)
        detector = OnnxDetector.open(file, 'cpu')
        start = time.perf_counter()
        scores[file.name] = evaluate_onnx(
            detector, source.config, part=part, max_images=max_images, progress=progress
        )
        seconds[file.name] = time.perf_counter() - start
        megabytes[file.name] = file.stat().st_size / 1e6
    return Int8Report(quantised, scores, megabytes, seconds, len(inputs))


def require_int8_data(
    source: ExportSource, image_size: Sequence[int], images: str | Path | None = None
) -> None:
    """Raise what ``quantise_and_score`` would raise for its data, before anything is written.

    Args:
        source, images: as there.
        image_size: height and width of the graph's input.
    """
    scoring_parts(source.config, _scored_part(source), image_size)
    source.calibration_inputs(image_size, 1, images)


def _scored_part(source: ExportSource) -> str:
    """The texts are those of the test data, which most recipes also validate on."""
    return 'test' if source.config.get('test_dataloader') else 'val'
