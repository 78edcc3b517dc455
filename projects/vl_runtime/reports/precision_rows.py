"""COCO AP of results as rows of a table: overall, by size, by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vl_runtime.reports.image_result import ImageResult
from vl_runtime.reports.result_statistics import precision_of

# Name of the row -> arguments of PrecisionTable.average_precision.
AP_ROWS: dict[str, dict] = {
    'AP': {},
    'AP50': {'iou': 0.5},
    'AP75': {'iou': 0.75},
    'AP small': {'area': 'small'},
    'AP medium': {'area': 'medium'},
    'AP large': {'area': 'large'},
}


@dataclass(frozen=True)
class PrecisionRows:
    """Values 0..1; None where no object is.

    Attributes:
        overall: by name of ``AP_ROWS``.
        by_class: AP by class name.
    """

    overall: Mapping[str, float | None]
    by_class: Mapping[str, float | None]


def precision_rows(results: Sequence[ImageResult], classes: Sequence[str]) -> PrecisionRows:
    """Measured by pycocotools on the pictures of ``results``."""
    table = precision_of(results, len(classes))
    return PrecisionRows(
        {name: _there(table.average_precision(**how)) for name, how in AP_ROWS.items()},
        {name: _there(table.average_precision([k])) for k, name in enumerate(classes)},
    )


def _there(value: float) -> float | None:
    return None if value < 0 else value
