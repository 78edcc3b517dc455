"""``torch.load`` that runs no code and says in one line what is wrong with a file.

Why: unpickling a checkpoint can run any command. torch's ``weights_only=True`` prevents
that, but refuses with a page of text that names no file; a file that is cut off ends in
one of six different errors. Until: torch names the file.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log

from vl_runtime.errors import InputPermissionError, InputValueError

TRUST_VARIABLE = 'MMGROUND_TRUST_CHECKPOINT'
_TRUSTED: ContextVar[bool] = ContextVar('trusted_checkpoints', default=False)
_HOW_TO_TRUST = (
    'if you made this file yourself, open it with --trust-checkpoint '
    f'(or {TRUST_VARIABLE}=1); never do so with a file from somebody else'
)
# What torch.load was seen to raise for files that are cut off, empty or of another kind.
_BROKEN_FILE_ERRORS = (RuntimeError, EOFError, zipfile.BadZipFile, ValueError, LookupError, OSError)


@contextlib.contextmanager
def trusted_checkpoints(trusted: bool = True) -> Iterator[None]:
    """Inside the block checkpoints may hold any Python object, and so run code.

    Only for files of one's own. ``trusted=False`` changes nothing, so that a command
    line flag can be passed on as it is.
    """
    token = _TRUSTED.set(trusted or _TRUSTED.get())
    try:
        yield
    finally:
        _TRUSTED.reset(token)


def is_trusted() -> bool:
    """Whether the user has opted in, for this block or for the process."""
    return _TRUSTED.get() or os.environ.get(TRUST_VARIABLE) == '1'


def safe_load(source: str | Path | io.BytesIO, map_location: Any, name: str) -> Any:
    """What ``source`` holds; ``name`` is what messages call it.

    Raises:
        InputValueError: it holds a type that is not plain data, is cut off, or is not a
            checkpoint at all.
        InputPermissionError: it can't be read.
    """
    trusted = is_trusted()
    if trusted:
        message = f'{name}: opened as a trusted checkpoint; it may run code on this machine.'
        print_log(message, logger='current', level=logging.WARNING)
    try:
        with warnings.catch_warnings():
            # The pickle protocol of a foreign file is no news for the user.
            warnings.filterwarnings('ignore', message='Detected pickle protocol')
            loaded = torch.load(source, map_location=map_location, weights_only=not trusted)
    except pickle.UnpicklingError as error:
        raise _refusal(source, name, str(error)) from error
    except PermissionError as error:
        raise InputPermissionError(f'{name}: no permission to read this checkpoint.') from error
    except _BROKEN_FILE_ERRORS as error:
        if isinstance(error, RuntimeError) and 'CUDA' in str(error):
            raise  # the device is at fault, not the file
        raise _broken(source, name) from error
    return loaded if trusted else _without_executed_text(loaded)


def _without_executed_text(loaded: Any) -> Any:
    """Drop ``meta['config']``, a text that mmengine would execute as Python on resume.

    mmengine only looks there for a GPU count that its predecessor wrote. It keeps the
    recipe itself under ``meta['cfg']``, which nothing executes.
    """
    meta = loaded.get('meta') if isinstance(loaded, dict) else None
    if isinstance(meta, dict):
        meta.pop('config', None)
    return loaded


def _refusal(source: Any, name: str, reason: str) -> InputValueError:
    found = re.search(r'GLOBAL ([\w.]+)|but got (<[^>]+>)|function (<[^>]+>)', reason)
    kind = next(filter(None, found.groups()), '') if found else _first_global(source)
    if not kind:
        return _broken(source, name)
    return InputValueError(
        f'{name}: refused, because it holds {kind}, which is not plain weights and could run code '
        f'when it is opened; {_HOW_TO_TRUST}.'
    )


def _first_global(source: Any) -> str:
    """``module.name`` of the first object that newer pickle protocols name, or ''."""
    recent: list[str] = []
    try:
        for operation, argument, _ in pickletools.genops(_pickle_bytes(source)):
            if operation.name == 'STACK_GLOBAL' and len(recent) >= 2:
                return '.'.join(recent[-2:])
            if isinstance(argument, str):
                recent.append(argument)
    except ValueError:  # not a pickle
        return ''
    return ''


def _pickle_bytes(source: Any) -> bytes:
    data = source.getvalue() if isinstance(source, io.BytesIO) else Path(source).read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [item for item in archive.namelist() if item.endswith('data.pkl')]
        return archive.read(names[0]) if names else b''


def _broken(source: Any, name: str) -> InputValueError:
    is_buffer = isinstance(source, io.BytesIO)
    size = source.getbuffer().nbytes if is_buffer else Path(source).stat().st_size
    return InputValueError(
        f'{name}: not a complete checkpoint ({size} bytes); it is cut off or another kind of file. '
        'Copy or download it again.'
    )
