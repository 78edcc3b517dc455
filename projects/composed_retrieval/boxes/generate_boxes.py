"""Find boxes in many pictures: resumable, divided over processes, then one box file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from composed_retrieval.boxes.box_file import BoxFile, PictureBoxes, write_box_file
from composed_retrieval.boxes.box_tasks import BoxTask
from vl_runtime.errors import UserInputError
from vl_runtime.image_files import read_image
from vl_runtime.pseudo_labels import ShardFile, shard_path

_Progress = Callable[..., Iterable]


class BoxFinder(Protocol):
    """What finds boxes: ``SaliencyBoxes``, ``DetectorBoxes``, ``HybridBoxes``."""

    def require_usable(self, name: str, image: np.ndarray) -> None:
        """Raise UserInputError for a picture that can't be looked at."""

    def find(
        self, images: Sequence[np.ndarray], texts: Sequence[str] | None = None
    ) -> list[PictureBoxes]:
        """The boxes of each image (H, W, 3) uint8 BGR."""


def generate_shard(
    tasks: Sequence[BoxTask],
    finder: BoxFinder,
    shard: ShardFile,
    *,
    batch_size: int = 8,
    progress: _Progress = lambda items, **_: items,
) -> None:
    """Do the tasks that ``shard`` has no record of yet; each is on the disk when it is done.

    A picture that can't be read gets a record with the reason.

    Args:
        tasks: those of this process.
        batch_size: pictures that are read and looked at together.
        progress: called as ``progress(items, total=, initial=)``: a progress bar.
    """
    todo = [task for task in tasks if task.key not in shard.records]
    records = _records(todo, finder, batch_size)
    for record in progress(records, total=len(tasks), initial=len(tasks) - len(todo)):
        shard.append(record)


def _records(todo: Iterable[BoxTask], finder: BoxFinder, batch_size: int) -> Iterator[dict]:
    tasks = iter(todo)
    while batch := list(itertools.islice(tasks, batch_size)):
        readable: list[tuple[BoxTask, np.ndarray]] = []
        for task in batch:
            try:
                image = read_image(task.path)
                finder.require_usable(str(task.path), image)
                readable.append((task, image))
            except UserInputError as error:
                yield {'file_name': task.key, 'boxes': [], 'error': str(error)}
        for texts, group in itertools.groupby(readable, key=lambda pair: pair[0].texts):
            members = list(group)
            found = finder.find([image for _, image in members], texts or None)
            for (task, _), picture in zip(members, found, strict=True):
                yield {
                    'file_name': task.key,
                    'boxes': picture.boxes.round(6).tolist(),
                    'scores': list(picture.scores),
                    'labels': list(picture.labels),
                    'texts': list(texts),
                }


def merge_boxes(
    tasks: Sequence[BoxTask],
    out: str | Path,
    number: int,
    settings: dict[str, Any],
    *,
    of_pairs: bool = False,
    with_scores: bool = False,
) -> dict[str, Any] | None:
    """Write the box file and its sidecar when every task has its record.

    Args:
        tasks: those of all processes, in the order of the file.
        number: of shards.
        settings: of the shard files; the sidecar has them too.
        of_pairs: keys are ``QUERY_ID/SIDE``.
        with_scores: see ``write_box_file``.

    Returns:
        Counts (``images``, ``with_boxes``, ``boxes``) and ``failed`` (key -> reason); None
        when records of other shards are still missing. With texts also ``phrases`` and
        ``phrases_found``: how many were looked for, and found in at least one box.
    """
    records: dict[str, dict] = {}
    for index in range(number):
        records |= ShardFile(shard_path(out, index, number), settings).records
    if any(task.key not in records for task in tasks):
        return None
    ordered = [records[task.key] for task in tasks]
    summary = _summary(ordered)
    pictures = {record['file_name']: _picture_boxes(record) for record in ordered}
    metadata = {**settings, **summary}
    if of_pairs:
        pairs: dict[str, dict[str, PictureBoxes]] = {}
        for key, picture in pictures.items():
            pair, side = key.rsplit('/', 1)  # a query's id may have a slash itself
            pairs.setdefault(pair, {})[side] = picture
        content = BoxFile({}, pairs, metadata)
    else:
        content = BoxFile(pictures, metadata=metadata)
    write_box_file(out, content, with_scores=with_scores or of_pairs)
    return summary


def _picture_boxes(record: dict) -> PictureBoxes:
    boxes = np.array(record['boxes'], dtype=np.float64).reshape(-1, 4)
    return PictureBoxes(boxes, tuple(record.get('scores', ())), tuple(record.get('labels', ())))


def _summary(records: Sequence[dict]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        'images': len(records),
        'with_boxes': sum(bool(record['boxes']) for record in records),
        'boxes': sum(len(record['boxes']) for record in records),
        'failed': {r['file_name']: r['error'] for r in records if 'error' in r},
    }
    if any(record.get('texts') for record in records):
        summary['phrases'] = sum(len(record.get('texts', ())) for record in records)
        summary['phrases_found'] = sum(len(set(record.get('labels', ()))) for record in records)
    return summary
