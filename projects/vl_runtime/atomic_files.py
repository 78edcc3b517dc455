"""Write files so that a reader sees the old content or the new one, never a half."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputPermissionError, UserInputError


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path``; moved into place when the block succeeds.

    Parent folders are made. When the block fails, the temporary file is removed and
    an older ``path`` stays as it was.

    Raises:
        InputPermissionError: the folder can't be made or written, or the disk is full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f'.{path.stem}.', suffix=f'.tmp{path.suffix}'
        )
        os.close(handle)
    except OSError as error:
        raise InputPermissionError(
            f'{path}: cannot write here ({error.strerror}); choose a folder that you can write to.'
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    except UserInputError:  # told already, by a path inside this block
        raise
    except OSError as error:
        raise InputPermissionError(
            f'{path}: writing failed ({error.strerror or error}); nothing was changed.'
        ) from error
    except RuntimeError as error:
        if 'inline_container' not in str(error) and 'PytorchStreamWriter' not in str(error):
            raise
        # torch.save hides the system's error behind one about its zip file.
        raise InputPermissionError(
            f'{path}: writing failed (is the disk full?); nothing was changed.'
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 ``text`` to ``path`` atomically."""
    write_bytes(path, text.encode('utf-8'))


def write_json(path: str | Path, value: Any, indent: int | None = None) -> None:
    """Write ``value`` as JSON to ``path`` atomically (NaN is refused: it is not JSON)."""
    write_text(path, json.dumps(value, indent=indent, allow_nan=False, ensure_ascii=False) + '\n')
