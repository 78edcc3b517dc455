"""Image tokens of a frozen trunk on disk, computed once, memory-mapped.

::

    FOLDER/cache.json   format, format_version, trunk, preprocessing, pictures, shape, dtype, names
    FOLDER/tokens.npy   (N, T, C)
    FOLDER/sizes.npy    (N, 2) int32: widths and heights of the original pictures
    FOLDER/done.npy     (N,) bool: which rows are written

``done.npy`` makes an interrupted build go on where it was. A folder of another key is replaced
as a whole, so tokens of two trunks never mix.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputKeyError, InputValueError

FORMAT = 'mmground-token-cache'
FORMAT_VERSION = 1
_FILES = {'tokens.npy', 'sizes.npy', 'done.npy', 'lock'}  # of an unfinished one
# numpy has no bfloat16: its bits are kept as whole numbers.
_STORED = {'float32': np.float32, 'float16': np.float16, 'bfloat16': np.int16}


@dataclass(frozen=True)
class TokenCacheKey:
    """What tokens depend on.

    Attributes:
        trunk: fingerprint of the frozen weights and of the normalisation.
        preprocessing: of the steps that make pixels, see ``preprocessing_digest``.
        pictures: of the files, see ``pictures_digest``.
        shape: (T, C) of a picture.
        dtype: float32, float16 or bfloat16.
    """

    trunk: str
    preprocessing: str
    pictures: str
    shape: tuple[int, int]
    dtype: str

    def as_json(self) -> dict:
        """For ``cache.json``."""
        return {
            'format': FORMAT,
            'format_version': FORMAT_VERSION,
            **asdict(self),
            'shape': list(self.shape),
        }


class TokenCache:
    """Tokens of N pictures by name.

    Args:
        folder: an existing cache, see ``prepare``.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        about = json.loads((self.folder / 'cache.json').read_text(encoding='utf-8'))
        self.names: tuple[str, ...] = tuple(about['names'])
        self._dtype = about['dtype']
        self._row = {name: index for index, name in enumerate(self.names)}
        self._tokens: np.ndarray | None = None
        self._sizes: np.ndarray | None = None
        self._done: np.ndarray | None = None
        self._map()

    def __getstate__(self) -> dict:
        """Workers map the files themselves."""
        return {**self.__dict__, '_tokens': None, '_sizes': None, '_done': None}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._map()

    @classmethod
    def prepare(
        cls, folder: str | Path, names: Sequence[str], key: TokenCacheKey
    ) -> tuple[TokenCache, bool]:
        """The cache in ``folder``, and whether what was there had to be thrown away.

        One of the same key and names is kept with all that is written; anything else is
        replaced by an empty one.

        Raises:
            InputValueError: the folder holds something that is no token cache.
        """
        folder = Path(folder)
        wanted = {**key.as_json(), 'names': list(names)}
        about = folder / 'cache.json'
        if about.is_file():
            try:
                found = json.loads(about.read_text(encoding='utf-8'))
            except ValueError:
                found = None
            if found == wanted:
                return cls(folder), False
        elif folder.exists() and not {p.name for p in folder.iterdir()} <= _FILES:
            raise InputValueError(
                f'{folder}: expected a new folder or a token cache, found something else, '
                'which would be lost; choose another folder.'
            )
        replaced = about.is_file()
        about.unlink(missing_ok=True)  # from here on it is no cache
        folder.mkdir(parents=True, exist_ok=True)
        number = len(names)
        for name, shape, kind in (
            ('tokens', (number, *key.shape), _STORED[key.dtype]),
            ('sizes', (number, 2), np.int32),
            ('done', (number,), np.bool_),
        ):
            np.lib.format.open_memmap(folder / f'{name}.npy', 'w+', kind, shape).flush()
        write_json(about, wanted)
        return cls(folder), replaced

    def missing(self) -> list[str]:
        """Names without tokens yet."""
        return [name for name, done in zip(self.names, self._done.tolist()) if not done]

    def put(self, names: Sequence[str], tokens: Tensor, sizes_wh: Sequence[Sequence[int]]) -> None:
        """Write rows; they count as done once they are on disk.

        Args:
            tokens: (n, T, C).
            sizes_wh: widths and heights of the original pictures.

        Raises:
            InputValueError: tokens that are not finite.
        """
        tokens = tokens.detach().cpu()
        if not torch.isfinite(tokens).all():
            bad = names[int((~torch.isfinite(tokens).flatten(1).all(1)).nonzero()[0])]
            raise InputValueError(
                f'token cache: the tokens of {bad!r} are not finite; the trunk needs another '
                'model.trunk.dtype (bfloat16 or float32).'
            )
        if self._dtype == 'bfloat16':
            tokens = tokens.view(torch.int16)
        rows = [self._row[name] for name in names]
        self._tokens[rows] = tokens.numpy()
        self._sizes[rows] = np.asarray(sizes_wh)
        self._tokens.flush()
        self._sizes.flush()
        self._done[rows] = True
        self._done.flush()

    def tokens(self, name: str) -> Tensor:
        """(T, C) in the trunk's type.

        Raises:
            InputKeyError: no such picture.
        """
        tokens = torch.from_numpy(np.array(self._tokens[self._known_row(name)]))
        return tokens.view(torch.bfloat16) if self._dtype == 'bfloat16' else tokens

    def size_wh(self, name: str) -> tuple[int, int]:
        """Width and height of the original picture."""
        width, height = self._sizes[self._known_row(name)].tolist()
        return width, height

    def _known_row(self, name: str) -> int:
        row = self._row.get(name)
        if row is None or not self._done[row]:
            raise InputKeyError(f'{self.folder}: has no tokens of {name!r}; build it again.')
        return row

    def _map(self) -> None:
        self._tokens, self._sizes, self._done = (
            np.load(self.folder / f'{name}.npy', mmap_mode='r+', allow_pickle=False)
            for name in ('tokens', 'sizes', 'done')
        )
