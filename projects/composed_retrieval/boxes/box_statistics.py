"""What is in a box file, in numbers; broken boxes are counted instead of raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from composed_retrieval.boxes.box_file import raw_boxes, sidecar_path
from composed_retrieval.boxes.fraction_boxes import box_areas, box_array, box_problem
from vl_runtime.boxes import box_iou
from vl_runtime.data_checks import read_json

_QUANTILES = (0, 0.25, 0.5, 0.75, 1)
_WHOLE_IMAGE = 0.95


@dataclass(frozen=True)
class BoxStatistics:
    """Counts of a box file.

    Attributes:
        images: entries; in a file with pairs every side of a pair is one.
        with_boxes, without_boxes: entries with and without a usable box.
        boxes: usable ones. mean_per_image: over all entries.
        histogram: number of boxes -> number of entries.
        area_quantiles: of the boxes' areas, fractions of the picture: 0, 25, 50, 75, 100 %.
        whole_image_boxes: that cover more than 95 %.
        multi_box_images: entries with two boxes or more.
        near_duplicates, duplicates: of these, entries with a pair of IoU above 0.7, 0.9.
        problems: unusable boxes by kind: malformed, not finite, out of range, reversed.
        first_problem: of these, with its place.
        failed: pictures that the sidecar says could not be read.
        missing, unknown: names of the split that the file lacks, and the other way round;
            None when no split was given.
    """

    images: int
    with_boxes: int
    without_boxes: int
    boxes: int
    mean_per_image: float
    histogram: dict[int, int]
    area_quantiles: tuple[float, ...]
    whole_image_boxes: int
    multi_box_images: int
    near_duplicates: int
    duplicates: int
    problems: dict[str, int]
    first_problem: str | None
    failed: int
    missing: int | None
    unknown: int | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = asdict(self)
        values['histogram'] = {str(key): value for key, value in self.histogram.items()}
        return values

    def lines(self) -> list[str]:
        """The same as text."""
        quantiles = ', '.join(f'{value:.4f}' for value in self.area_quantiles) or 'none'
        shown = [
            f'images            {self.images}',
            f'  with boxes      {self.with_boxes} ({_share(self.with_boxes, self.images)})',
            f'  without boxes   {self.without_boxes}',
            f'boxes             {self.boxes}, {self.mean_per_image:.2f} per image',
            'boxes -> images   ' + ', '.join(f'{n}: {c}' for n, c in self.histogram.items()),
            f'area quantiles    {quantiles} (0, 25, 50, 75, 100 % of the boxes)',
            f'whole image       {self.whole_image_boxes} boxes cover more than 95 %',
            f'near duplicates   {self.near_duplicates} of {self.multi_box_images} images with '
            f'several boxes have a pair with IoU > 0.7 ({self.duplicates} > 0.9)',
            f'failed images     {self.failed}',
        ]
        if self.missing is not None:
            shown.append(f'against the split {self.missing} missing, {self.unknown} unknown')
        if self.first_problem:
            counts = ', '.join(f'{kind}: {count}' for kind, count in self.problems.items())
            shown.append(f'unusable boxes    {counts}; first: {self.first_problem}')
        return shown


def box_statistics(path: str | Path, names: Collection[str] | None = None) -> BoxStatistics:
    """Look a box file over.

    Args:
        names: pictures of the split that it should be about.

    Raises:
        InputFileNotFoundError, InputValueError: no such file, or not a box file.
    """
    images, pairs = raw_boxes(path)
    entries = {repr(name): entry['boxes'] for name, entry in images.items()}
    for pair, sides in pairs.items():
        entries |= {f'{pair}/{side}': entry['boxes'] for side, entry in sides.items()}
    problems: Counter[str] = Counter()
    first_problem = None
    usable = []
    for where, boxes in entries.items():
        found = [box_problem(box) for box in boxes]
        usable.append(box_array([b for b, problem in zip(boxes, found) if problem is None]))
        for index, problem in enumerate(found):
            if problem:
                problems[_kind(problem)] += 1
                first_problem = first_problem or f'{where}: box {index}: {problem}'
    sidecar = sidecar_path(path)
    metadata = read_json(sidecar) if sidecar.is_file() else {}
    numbers = Counter(len(boxes) for boxes in usable)
    areas = box_areas(np.concatenate(usable)) if usable else np.zeros(0)
    overlaps = [_largest_overlap(boxes) for boxes in usable if len(boxes) > 1]
    return BoxStatistics(
        images=len(usable),
        with_boxes=len(usable) - numbers[0],
        without_boxes=numbers[0],
        boxes=len(areas),
        mean_per_image=len(areas) / max(len(usable), 1),
        histogram={number: numbers[number] for number in range(max(numbers, default=-1) + 1)},
        area_quantiles=tuple(np.quantile(areas, _QUANTILES).tolist()) if len(areas) else (),
        whole_image_boxes=int((areas > _WHOLE_IMAGE).sum()),
        multi_box_images=len(overlaps),
        near_duplicates=sum(overlap > 0.7 for overlap in overlaps),
        duplicates=sum(overlap > 0.9 for overlap in overlaps),
        problems=dict(problems),
        first_problem=first_problem,
        failed=len(metadata.get('failed', ())),
        missing=None if names is None else len(set(names) - set(images)),
        unknown=None if names is None else len(set(images) - set(names)),
    )


def _kind(problem: str) -> str:
    kinds = {'four': 'malformed', 'finite': 'not finite', 'fractions': 'out of range'}
    return kinds.get(problem.split()[1], 'reversed')


def _largest_overlap(boxes: np.ndarray) -> float:
    overlaps = box_iou(boxes, boxes)
    return float(overlaps[np.triu_indices(len(boxes), k=1)].max())


def _share(part: int, whole: int) -> str:
    return f'{100 * part / whole:.1f} %' if whole else 'none'
