"""One training at a time in a work folder: two would mix their checkpoints."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from vl_runtime.file_lock import only_process

_NAME = '.training'


@contextlib.contextmanager
def only_training(work_dir: str | Path) -> Iterator[None]:
    """Hold ``work_dir`` for this process while the block runs; see ``only_process``.

    What a run that was killed was just writing is removed.

    Raises:
        InputPermissionError: another process trains there; names its number.
    """
    with only_process(
        Path(work_dir) / _NAME,
        lambda process: (
            f'{work_dir}: process {process} is training there; wait for it or choose another '
            '--work-dir.'
        ),
    ):
        for half_written in Path(work_dir).glob('.*.tmp.pth'):  # a killed run's
            half_written.unlink()
        yield
