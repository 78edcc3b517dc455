"""One process at a time at a file or folder that two would spoil."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from vl_runtime.compat import optional
from vl_runtime.errors import InputPermissionError


@contextlib.contextmanager
def only_process(lock: str | Path, refusal: Callable[[str], str]) -> Iterator[None]:
    """Hold the file ``lock`` for this process while the block runs; removed afterwards.

    The system lets go when the process ends in whatever way, so a run that was killed does
    not stand in the way of the next. File systems without locks, and systems without
    ``fcntl``, are left unguarded.

    Args:
        lock: made, with its folder, when it is not there.
        refusal: the message when another process holds it, from that one's number.

    Raises:
        InputPermissionError: another process holds it, or it can't be written.
    """
    path = Path(lock)
    with _opened(path) as file:
        if not _locked(file):
            file.seek(0)
            raise InputPermissionError(refusal(file.read().strip() or 'of another machine'))
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def wait_for_turn(lock: str | Path, seconds: float = 60.0) -> Iterator[None]:
    """Like ``only_process``, but wait while another process holds ``lock``.

    For work that is done at once, such as adding a line to a file.

    Args:
        lock: made, with its folder, when it is not there; stays, empty, so that no process
            waits at a file that is not there any more.
        seconds: to wait at most.

    Raises:
        InputPermissionError: it is still held then, or it can't be written.
    """
    path = Path(lock)
    end = time.monotonic() + seconds
    with _opened(path) as file:
        while not _locked(file):
            if time.monotonic() > end:
                raise InputPermissionError(
                    f'{path}: held by another process for {seconds:g} s; try again when it has '
                    'ended.'
                )
            time.sleep(0.02)
        yield


def _opened(path: Path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open('a+', encoding='utf-8')
    except OSError as error:
        raise InputPermissionError(
            f'{path.parent}: cannot write here ({error.strerror}); choose a folder that you can '
            'write to.'
        ) from error


def _locked(file) -> bool:
    """Whether this process may go on; True too where there are no locks."""
    if not optional.available('fcntl'):  # not a POSIX system
        return True
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # no locks on this file system
        return True
    return True
