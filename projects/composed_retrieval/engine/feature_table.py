"""Features of named things, filled batch by batch, by one process or by several.

# N names, ... shape of one feature
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmengine import dist
from torch import Tensor

from composed_retrieval.ranking.gallery_index import GalleryIndexWriter
from vl_runtime.errors import InputValueError


class FeatureTable:
    """One row for each name, whatever process computed it and however often.

    Samplers repeat items so that every process has as many; a repeated one fills its row again.
    So each name is there once, and ``finish`` knows that none is missing.

    Args:
        names: N, each once.
        what: the things, for messages.
        writer: put rows into this index on disk in place of memory; processes on several
            machines need a folder that all of them see.
    """

    def __init__(
        self, names: Sequence[str], what: str, writer: GalleryIndexWriter | None = None
    ) -> None:
        self._position = {name: index for index, name in enumerate(names)}
        if len(self._position) != len(names):
            raise InputValueError(f'features of {what}: expected each name once.')
        self._what = what
        self._writer = writer
        self._rows: np.ndarray | None = None
        self._filled = np.zeros(len(names), dtype=bool)

    def put(self, names: Sequence[str], features: Tensor) -> None:
        """Fill the rows of ``names`` with (n, ...)."""
        values = features.detach().float().cpu().numpy()
        if self._rows is None:
            self._rows = self._new_rows(values.shape[1:])
        rows = [self._position[name] for name in names]
        self._rows[rows] = values
        self._filled[rows] = True

    def finish(self) -> np.ndarray:
        """(N, ...) float32, or float16 on disk; every process calls this and has all rows.

        Raises:
            InputValueError: a name without features.
        """
        if dist.get_world_size() > 1:
            self._exchange()
        if not self._filled.all():
            names = list(self._position)
            raise InputValueError(
                f'features of {self._what}: expected {len(names)}, '
                f'{int((~self._filled).sum())} are missing, first: '
                f'{names[int(self._filled.argmin())]!r}; a sampler must visit every item.'
            )
        if self._writer is not None:
            self._rows.flush()
            dist.barrier()
            if dist.is_main_process():
                self._writer.finish()
            dist.barrier()
        return self._rows

    def _new_rows(self, shape: tuple[int, ...]) -> np.ndarray:
        if self._writer is None:
            return np.empty((len(self._filled), *shape), dtype=np.float32)
        if dist.is_main_process():
            rows = self._writer.begin(*shape)
            dist.barrier()
            return rows
        dist.barrier()
        return self._writer.join()

    def _exchange(self) -> None:
        """Give the own rows to all processes, and take theirs."""
        own = np.flatnonzero(self._filled)
        sent = None if self._writer is not None else self._rows[own]
        for positions, values in dist.all_gather_object((own, sent)):
            self._filled[positions] = True
            if values is not None:
                self._rows[positions] = values
