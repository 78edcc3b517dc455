"""Scores of a detector on the shapes, by the metrics that every detector of the toolkit has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mmengine.config import Config

from vl_runtime import launch
from vl_runtime.demo.shapes_data import TAUGHT_PHRASES
from vlm_detector.demo.answered_pictures import (
    AnsweredPicture,
    draw_answers,
    located_iou,
    read_answers,
)

_PICTURES = 16


@dataclass(frozen=True)
class ShapesScores:
    """What a detector reaches on the shapes; 0..1.

    Attributes:
        taught_ap: COCO AP, mean over the 12 taught phrases, test pictures.
        untaught_ap: COCO AP of the 4 phrases that the first training never shows, test pictures.
        mean_iou: over all objects of the validation pictures (12 phrases); unanswered counts 0.
        success: share of these objects whose answer has IoU >= 0.5.
        located_iou: over the same objects, IoU of the best box whatever its phrase.
        shuffled_iou: ``located_iou`` with the answers of other pictures: what chance gives.
        test_mean_iou: as ``mean_iou``, test pictures (16 phrases).
        test_success: as ``success``, test pictures.
        parse_rate: share of the test answers that parse as a whole; None without answers.
    """

    taught_ap: float
    untaught_ap: float
    mean_iou: float
    success: float
    located_iou: float
    shuffled_iou: float
    test_mean_iou: float
    test_success: float
    parse_rate: float | None

    def as_dict(self) -> dict[str, float | None]:
        """By name, for files."""
        return asdict(self)


def evaluate_shapes(
    config: Config, checkpoint: str | Path, work_dir: Path, picture: str | None = None
) -> ShapesScores:
    """Run the recipe's test twice: on the validation and on the test pictures.

    Args:
        config: a recipe whose evaluators are lists with CocoDetectionMetric and BoxIoUMetric.
        checkpoint: its weights.
        work_dir: logs and predictions go there.
        picture: also draw some test answers into this file of ``work_dir``.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    on_val = Config(config.to_dict(), filename=config.filename)
    on_val.test_dataloader, on_val.test_evaluator = config.val_dataloader, config.val_evaluator
    val, val_answers = _tested(on_val, checkpoint, work_dir / 'val')
    test, test_answers = _tested(config, checkpoint, work_dir / 'test')
    if picture is not None:
        draw_answers(_with_untaught(test_answers)[:_PICTURES], work_dir / picture)
    taught = [test[f'coco/AP/{phrase}'] for phrase in TAUGHT_PHRASES]
    return ShapesScores(
        taught_ap=sum(taught) / len(taught),
        untaught_ap=test['coco/mAP/untaught'],
        mean_iou=val['box/mean_iou'],
        success=val['box/success@0.5'],
        located_iou=located_iou(val_answers),
        shuffled_iou=located_iou(val_answers, shift=1),
        test_mean_iou=test['box/mean_iou'],
        test_success=test['box/success@0.5'],
        parse_rate=_parse_rate(test),
    )


def _parse_rate(metrics: Mapping[str, float]) -> float | None:
    """Whole answers and whole empty ones; None for a detector without answers."""
    if 'answer/parse_ok' not in metrics:
        return None
    return metrics['answer/parse_ok'] + metrics['answer/empty_ok']


def _tested(
    config: Config, checkpoint: str | Path, work_dir: Path
) -> tuple[Mapping[str, float], list[AnsweredPicture]]:
    dump = work_dir.with_suffix('.pkl')
    metrics = launch.test(config, checkpoint, work_dir=work_dir, out=dump)
    return metrics, read_answers(dump, config.test_evaluator[0].ann_file)


def _with_untaught(pictures: list[AnsweredPicture]) -> list[AnsweredPicture]:
    """Pictures that show a phrase of the second training, first."""
    return sorted(pictures, key=lambda p: set(p.true_names) <= set(TAUGHT_PHRASES))
