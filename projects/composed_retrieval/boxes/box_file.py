"""Box files: the published form ``{name: [[x1, y1, x2, y2], ...]}``, with more beside it.

Boxes are fractions of the original picture. ``NAME.meta.json`` beside ``NAME.json`` says how
they were made. The second form holds scores, labels and boxes of pairs too::

    {"images": {name: {"boxes": [...], "scores": [...], "labels": [...]}},
     "pairs": {query_id: {"reference": {...}, "target": {...}}}}

Boxes that depend on a text belong to a pair: a gallery picture may not have them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from composed_retrieval.boxes.fraction_boxes import box_array, box_problem
from vl_runtime.atomic_files import write_json
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

FORMAT_VERSION = 1
COORDINATES = 'normalized_xyxy_original'
SIDES = ('reference', 'target')


@dataclass(frozen=True)
class PictureBoxes:
    """Boxes of one picture.

    Attributes:
        boxes: (n, 4) float64, x1 y1 x2 y2, fractions of the original picture.
        scores: n values 0..1, or none at all.
        labels: n texts, or none at all.
    """

    boxes: np.ndarray
    scores: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


NO_BOXES = PictureBoxes(np.zeros((0, 4)))


@dataclass(frozen=True)
class BoxFile:
    """The content of a box file.

    Attributes:
        images: boxes by name of the picture.
        pairs: boxes by query id, then by side (``reference``, ``target``).
        metadata: the sidecar's content; empty without one.
    """

    images: Mapping[str, PictureBoxes]
    pairs: Mapping[str, Mapping[str, PictureBoxes]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def require_names(
        self, path: str | Path, names: Collection[str], pair_ids: Collection[str]
    ) -> None:
        """Raise InputKeyError for a picture or pair that the data set does not have."""
        for kind, found, known in (
            ('image', self.images, names),
            ('pair', self.pairs, pair_ids),
        ):
            unknown = [name for name in found if name not in known]
            if unknown:
                raise InputKeyError(
                    f'{path}: {len(unknown)} of {len(found)} {kind}s are unknown to the data set, '
                    f'first: {unknown[0]!r}.{did_you_mean(unknown[0], known)} Is it the file of '
                    'another split?'
                )


def sidecar_path(path: str | Path) -> Path:
    """Where the metadata of the box file ``path`` is."""
    return Path(path).with_suffix('.meta.json')


def read_box_file(path: str | Path) -> BoxFile:
    """Read and check a box file of either form, and its sidecar if there is one.

    Raises:
        InputFileNotFoundError: no such file.
        InputValueError: not a box file; a box that is not four ordered fractions (pixels,
            reversed corners, NaN); other numbers of scores or labels than of boxes; a sidecar
            that names other coordinates.
    """
    path = Path(path)
    images, pairs = raw_boxes(path)
    sidecar = sidecar_path(path)
    metadata = read_json(sidecar) if sidecar.is_file() else {}
    found = metadata.get('coordinates', COORDINATES) if isinstance(metadata, dict) else metadata
    if found != COORDINATES:
        raise InputValueError(
            f'{sidecar}: expected coordinates {COORDINATES!r}, found {found!r:.60}.'
        )
    return BoxFile(
        {name: _picture_boxes(entry, f'{path}: {name!r}') for name, entry in images.items()},
        {
            pair: {side: _picture_boxes(sides[side], f'{path}: {pair}/{side}') for side in sides}
            for pair, sides in pairs.items()
        },
        metadata,
    )


def raw_boxes(path: str | Path) -> tuple[dict[str, dict], dict[str, dict[str, dict]]]:
    """(images, pairs) with entries ``{'boxes': [...]}``; no box is looked at yet.

    Raises:
        InputFileNotFoundError, InputValueError: no such file, or not a box file.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise InputValueError(
            f'{path}: expected an object {{image name: boxes}}, found {type(content).__name__}.'
        )
    if content and set(content) <= {'images', 'pairs'}:
        images, pairs = content.get('images', {}), content.get('pairs', {})
    else:
        images, pairs = {name: {'boxes': boxes} for name, boxes in content.items()}, {}
    for key, value in (('images', images), ('pairs', pairs)):
        if not isinstance(value, dict):
            raise InputValueError(f'{path}: expected an object under {key!r}, found {value!r:.60}.')
    entries = [(repr(name), entry) for name, entry in images.items()]
    for pair, sides in pairs.items():
        if not isinstance(sides, dict) or not set(sides) <= set(SIDES):
            raise InputValueError(
                f'{path}: pair {pair!r}: expected the sides {" and ".join(SIDES)}, found '
                f'{sides!r:.60}.'
            )
        entries += [(f'{pair}/{side}', entry) for side, entry in sides.items()]
    for where, entry in entries:
        boxes = entry.get('boxes') if isinstance(entry, dict) else None
        if not isinstance(boxes, list):
            raise InputValueError(
                f'{path}: {where}: expected a list of boxes, found {boxes!r:.60}.'
            )
    return images, pairs


def _picture_boxes(entry: dict, where: str) -> PictureBoxes:
    boxes = entry['boxes']
    for index, box in enumerate(boxes):
        problem = box_problem(box)
        if problem:
            raise InputValueError(f'{where}: box {index}: {problem}.')
    extra = {}
    for key in ('scores', 'labels'):
        values = entry.get(key) or []
        if not isinstance(values, list) or len(values) not in (0, len(boxes)):
            raise InputValueError(
                f'{where}: expected {key} for {len(boxes)} boxes, found {values!r:.60}.'
            )
        extra[key] = tuple(values)
    return PictureBoxes(box_array(boxes), **extra)


def write_box_file(path: str | Path, content: BoxFile, *, with_scores: bool = False) -> None:
    """Write a box file and its sidecar, in the order of ``content``.

    Args:
        with_scores: write the second form, with scores and labels. Pairs need it.

    Raises:
        InputValueError: boxes of pairs in the published form, or a box that could not be read
            again.
        InputPermissionError: the folder can't be written.
    """
    for name, picture in content.images.items():
        for index, box in enumerate(picture.boxes.tolist()):
            problem = box_problem(box)
            if problem:
                raise InputValueError(f'{path}: {name!r}: box {index}: {problem}.')
    if content.pairs and not with_scores:
        raise InputValueError(
            f'{path}: boxes of pairs have no place in the published form; write with scores.'
        )
    if with_scores:
        value = {
            'images': {name: _entry(picture) for name, picture in content.images.items()},
            'pairs': {
                pair: {side: _entry(picture) for side, picture in sides.items()}
                for pair, sides in content.pairs.items()
            },
        }
    else:
        value = {name: picture.boxes.tolist() for name, picture in content.images.items()}
    metadata = {'format_version': FORMAT_VERSION, 'coordinates': COORDINATES, **content.metadata}
    write_json(path, value, indent=1)
    write_json(sidecar_path(path), metadata, indent=1)


def _entry(picture: PictureBoxes) -> dict[str, Any]:
    return {
        'boxes': picture.boxes.tolist(),
        'scores': list(picture.scores),
        'labels': list(picture.labels),
    }
