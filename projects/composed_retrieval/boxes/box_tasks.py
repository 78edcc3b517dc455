"""Pictures in which boxes are to be found, with a key under which the answer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composed_retrieval.boxes.box_file import SIDES
from composed_retrieval.boxes.change_phrases import change_phrases
from vl_runtime.errors import InputValueError
from vl_runtime.image_files import list_images


@dataclass(frozen=True)
class BoxTask:
    """One picture to look at.

    Attributes:
        key: name of the picture; ``QUERY_ID/SIDE`` of a picture in a pair.
        path: of the picture.
        texts: what to look for; empty for the detector's own classes.
    """

    key: str
    path: Path
    texts: tuple[str, ...] = ()


def folder_tasks(folder: str | Path, max_images: int | None = None) -> list[BoxTask]:
    """The images of a folder and of those below it; their names are paths without suffix.

    Raises:
        InputFileNotFoundError, InputValueError: no such folder, no image in it, or two images
            whose names differ by the suffix only.
    """
    folder = Path(folder)
    tasks = []
    first: dict[str, Path] = {}
    for path in list_images(folder, recursive=True):
        name = (path.relative_to(folder) if path != folder else path).with_suffix('').as_posix()
        if first.setdefault(name, path) != path:
            raise InputValueError(f'{path}: has the name {name!r} of {first[name]} too.')
        tasks.append(BoxTask(name, path))
    return tasks[: checked_limit(max_images)]


def split_tasks(dataset: Any, max_images: int | None = None) -> list[BoxTask]:
    """The pictures of a query data set's split, in its order."""
    tasks = [BoxTask(name, path) for name, path in dataset.images.items()]
    return tasks[: checked_limit(max_images)]


def pair_tasks(dataset: Any, max_images: int | None = None) -> list[BoxTask]:
    """Both sides of every pair, each with the phrases of the caption.

    A query without a target has its reference only.
    """
    tasks = []
    for query in dataset.queries:
        texts = change_phrases(query.caption)
        for side, name in zip(SIDES, (query.reference, query.target)):
            if name is not None:
                tasks.append(BoxTask(f'{query.query_id}/{side}', dataset.images[name], texts))
    return tasks[: checked_limit(max_images)]


def checked_limit(max_images: int | None) -> int | None:
    """``max_images``; InputValueError unless it is 1 or more, or None for all."""
    if max_images is not None and max_images < 1:
        raise InputValueError(
            f'--max-images: expected at least 1 (leave it out for all), found {max_images}.'
        )
    return max_images
