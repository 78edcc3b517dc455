"""Features of a gallery on disk: half precision, memory-mapped, and what they were made with.

::

    FOLDER/features.npy   (N, K, D) float16
    FOLDER/index.json     format, format_version, fingerprint, preprocessing, pictures, names (N)

``index.json`` is written last: a folder without it is unfinished.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

FORMAT = 'mmground-gallery-index'
FORMAT_VERSION = 1
_FEATURES, _ABOUT = 'features.npy', 'index.json'
_DIGITS = 12  # of a fingerprint, in messages


@dataclass(frozen=True)
class IndexKey:
    """What features depend on.

    Attributes:
        fingerprint: of the model's weights.
        preprocessing: of the transforms, see ``preprocessing_digest``.
        pictures: of the files, see ``pictures_digest``.
    """

    fingerprint: str
    preprocessing: str
    pictures: str


@dataclass(frozen=True)
class GalleryIndex:
    """Features of N pictures by name.

    Attributes:
        names: N, each once.
        features: (N, K, D), memory-mapped float16.
        key: what they were made with.
    """

    names: tuple[str, ...]
    features: np.ndarray
    key: IndexKey

    @classmethod
    def open(cls, folder: str | Path, key: IndexKey | None = None) -> GalleryIndex:
        """Map an index that was written before; nothing is read but the names.

        Args:
            key: of the model that asks; None takes any.

        Raises:
            InputFileNotFoundError: there is no complete index.
            InputValueError: damaged, or made with other weights or preprocessing than ``key``.
        """
        folder = Path(folder)
        path = folder / _ABOUT
        if not path.is_file():
            raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
        index = _opened(folder, path)
        if key is None:
            return index
        for what, found, wanted in (
            ('weights', index.key.fingerprint, key.fingerprint),
            ('preprocessing', index.key.preprocessing, key.preprocessing),
            ('pictures', index.key.pictures, key.pictures),
        ):
            if found != wanted:
                raise InputValueError(
                    f'{path}: built with other {what}: expected the fingerprint '
                    f'{wanted[:_DIGITS]}, found {found[:_DIGITS]}; its features do not fit this '
                    'model. Use the checkpoint that it was built with, or remove the folder to '
                    'build it anew.'
                )
        return index


def _opened(folder: Path, path: Path) -> GalleryIndex:
    try:
        about = json.loads(path.read_text(encoding='utf-8'))
        if (about['format'], about['format_version']) != (FORMAT, FORMAT_VERSION):
            raise InputValueError(
                f'{path}: expected the format {FORMAT!r}, version {FORMAT_VERSION}, found '
                f'{about["format"]!r}, version {about["format_version"]!r}; remove the folder.'
            )
        key = IndexKey(about['fingerprint'], about['preprocessing'], about['pictures'])
        names = tuple(about['names'])
        features = np.load(folder / _FEATURES, mmap_mode='r', allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputValueError):
            raise
        raise InputValueError(
            f'{folder}: not a gallery index ({error}); remove the folder to build it anew.'
        ) from error
    if features.ndim != 3 or len(features) != len(names):
        raise InputValueError(
            f'{folder}: expected features of {len(names)} pictures, found '
            f'{features.shape}; remove the folder to build it anew.'
        )
    return GalleryIndex(names, features, key)


class GalleryIndexWriter:
    """An index while it is made; several processes may write into one (see ``begin``).

    Args:
        folder: where; an older index there is no longer one from ``begin`` on.
        names: of all N pictures.
        key: what the features are made with.
    """

    def __init__(self, folder: str | Path, names: Sequence[str], key: IndexKey) -> None:
        self.folder = Path(folder)
        self.names = tuple(names)
        self.key = key

    def begin(self, num_vectors: int, width: int) -> np.ndarray:
        """Make the file; (N, K, D) float16 to write into. One process calls this, before others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _ABOUT).unlink(missing_ok=True)
        return np.lib.format.open_memmap(
            self.folder / _FEATURES,
            mode='w+',
            dtype=np.float16,
            shape=(len(self.names), num_vectors, width),
        )

    def join(self) -> np.ndarray:
        """The file that another process has begun."""
        return np.load(self.folder / _FEATURES, mmap_mode='r+', allow_pickle=False)

    def finish(self) -> None:
        """Mark the index as complete, when every process has written its rows."""
        about = {
            'format': FORMAT,
            'format_version': FORMAT_VERSION,
            **asdict(self.key),
            'names': list(self.names),
        }
        write_json(self.folder / _ABOUT, about)
