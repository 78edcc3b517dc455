"""Are the pictures of a split there? Whole folders are listed once; no file is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from vl_runtime.errors import InputFileNotFoundError, why_missing


def require_images(images: Mapping[str, Path], source: str | Path) -> None:
    """Raise when a picture is missing: how many, and why the first one is.

    Args:
        images: path of each picture by its name.
        source: the file that names them, for the message.

    Raises:
        InputFileNotFoundError: at least one picture is not there.
    """
    listed: dict[Path, set[str]] = {}
    missing = [name for name, path in images.items() if not _is_there(path, listed)]
    if missing:
        path = images[missing[0]]
        index = list(images).index(missing[0])
        raise InputFileNotFoundError(
            f'{source}: {len(missing)} of {len(images)} images are missing, first: index {index} '
            f'({missing[0]!r}): {path}: {why_missing(path, "image")}'
        )


def with_suffix_found(
    folder: Path, names: Iterable[str], suffixes: tuple[str, ...]
) -> dict[str, Path]:
    """The path of each name, with the first of ``suffixes`` under which a file is there."""
    present = _listing(folder)
    return {name: folder / f'{name}{_first_present(name, suffixes, present)}' for name in names}


def _first_present(name: str, suffixes: tuple[str, ...], present: set[str]) -> str:
    return next((suffix for suffix in suffixes if f'{name}{suffix}' in present), suffixes[0])


def _is_there(path: Path, listed: dict[Path, set[str]]) -> bool:
    if path.parent not in listed:
        listed[path.parent] = _listing(path.parent)
    return path.name in listed[path.parent]


def _listing(folder: Path) -> set[str]:
    return set(os.listdir(folder)) if folder.is_dir() else set()
