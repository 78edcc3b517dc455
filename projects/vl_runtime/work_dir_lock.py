"""One training at a time in a work folder: two would mix their checkpoints."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from vl_runtime.compat import optional
from vl_runtime.errors import InputPermissionError

_NAME = '.training'


@contextlib.contextmanager
def only_training(work_dir: str | Path) -> Iterator[None]:
    """Hold ``work_dir`` for this process while the block runs.

    The system lets go when the process ends in whatever way, so a run that was killed does
    not stand in the way of the next; what it was writing is removed. File systems without
    locks, and systems without ``fcntl``, are left unguarded.

    Raises:
        InputPermissionError: another process trains there; names its number.
    """
    if not optional.available('fcntl'):  # not a POSIX system
        yield
        return
    import fcntl

    path = Path(work_dir) / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('a+', encoding='utf-8') as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            file.seek(0)
            raise InputPermissionError(
                f'{work_dir}: process {file.read().strip() or "of another machine"} is training '
                'there; wait for it or choose another --work-dir.'
            ) from error
        except OSError:
            yield  # no locks here
            return
        for half_written in Path(work_dir).glob('.*.tmp.pth'):  # a killed run's
            half_written.unlink()
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
