"""A folder that appears when it is complete."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vl_runtime.errors import InputPermissionError


@contextlib.contextmanager
def atomic_folder(folder: str | Path) -> Iterator[Path]:
    """A temporary folder beside ``folder``; takes its place when the block succeeds.

    Raises:
        InputPermissionError: the place can't be written, or the disk is full.
    """
    folder = Path(folder).absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f'.{folder.name}.'))
    except OSError as error:
        raise InputPermissionError(
            f'{folder}: cannot write here ({error.strerror}); choose a folder that you can '
            'write to.'
        ) from error
    try:
        yield temporary
        temporary.chmod(0o755)
        old = temporary.with_name(f'{temporary.name}.old')
        if folder.exists():
            os.replace(folder, old)
        os.replace(temporary, folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputPermissionError(
            f'{folder}: writing failed ({error.strerror or error}); nothing was changed.'
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
