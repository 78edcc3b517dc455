"""The pictures about which several detectors disagree most, one beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vl_runtime.errors import UserInputError
from vl_runtime.reports.compared_run import ComparedRun
from vl_runtime.reports.image_result import ImageResult
from vl_runtime.reports.result_pictures import draw_result, name_of
from vl_runtime.short_names import short_names
from vl_runtime.visualization import image_grid

_CELL = 420  # pixels of a picture's longer side


@dataclass(frozen=True)
class Disagreement:
    """One picture as every run answered it.

    Attributes:
        name: of the file.
        qualities: mean IoU of each run.
        picture: the answers side by side, (H, W, 3), uint8, BGR; None if it can't be drawn.
        why_not: why it can't.
    """

    name: str
    qualities: tuple[float, ...]
    picture: np.ndarray | None
    why_not: str = ''


def disagreements(runs: Sequence[ComparedRun], count: int) -> list[Disagreement]:
    """The ``count`` pictures with the largest range of mean IoU, the largest first.

    Pictures on which all agree are left out. Equal ones keep the order of the data.
    """
    rows = list(zip(*(run.run.results for run in runs), strict=True))
    ranges = [
        0.0 if row[0].quality is None else float(np.ptp([one.quality for one in row]))
        for row in rows
    ]
    order = np.argsort(-np.array(ranges), kind='stable')[:count]
    names = short_names(row[0].path for row in rows)
    return [
        _drawn(runs, rows[index], name_of(rows[index][0], names))
        for index in order
        if ranges[index] > 0
    ]


def _drawn(runs: Sequence[ComparedRun], row: Sequence[ImageResult], name: str) -> Disagreement:
    qualities = tuple(one.quality for one in row)
    try:
        pictures = [draw_result(one, run.classes) for run, one in zip(runs, row)]
    except UserInputError as error:
        return Disagreement(name, qualities, None, str(error))
    captions = [f'{run.label}: mean IoU {q:.2f}' for run, q in zip(runs, qualities)]
    grid = image_grid(pictures, captions, columns=len(pictures), cell_size=_CELL)
    return Disagreement(name, qualities, grid)
