"""Fetch one file: from an address with resumption, or from a local mirror.

Bytes go to ``<file>.part``; ``<file>.part.json`` keeps what the server said about the
file, so that a part is only continued when the file there is still the same.
"""

from __future__ import annotations

import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError

_BLOCK = 1 << 18  # bytes
_ATTEMPTS = 4
_TIMEOUT = 60  # seconds without a byte
_Progress = Callable[..., Any]


@dataclass(frozen=True)
class RemoteFile:
    """What a server says about a file; '' or None where it does not."""

    url: str
    etag: str = ''
    modified: str = ''
    size: int | None = None

    @property
    def validator(self) -> str:
        """What ``If-Range`` may carry: a strong ETag, else the date."""
        return self.etag if self.etag and not self.etag.startswith('W/') else self.modified


class _Interrupted(Exception):
    """The connection ended before the file did."""


def part_of(target: Path) -> Path:
    """Where the bytes of ``target`` are until it is complete."""
    return target.with_name(f'{target.name}.part')


def fetch(url: str, target: Path, progress: _Progress) -> Path:
    """Download ``url`` to the part file of ``target``, going on where an earlier run stopped.

    Args:
        progress: makes a progress bar (``total``, ``initial``, ``desc`` are given) with
            ``update(bytes)``, used in a ``with`` block, as ``tqdm`` is.

    Returns:
        The complete part file.

    Raises:
        InputFileNotFoundError: the server has no such file, or can't be reached.
        InputValueError: the connection broke several times; what came stays.
        InputPermissionError: the disk is full or can't be written.
    """
    part = part_of(target)
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(_ATTEMPTS):
        try:
            _continue(url, part, progress)
            return part
        except _Interrupted:
            time.sleep(0.5 * attempt)
    size = part.stat().st_size if part.exists() else 0
    raise InputValueError(
        f'{url}: the connection broke {_ATTEMPTS} times; {size} bytes are in {part}, run the '
        'command again to go on from there.'
    )


def copy_from(source: Path, target: Path, progress: _Progress) -> Path:
    """Copy a file of a local mirror to the part file of ``target``."""
    part = part_of(target)
    part.parent.mkdir(parents=True, exist_ok=True)
    size = source.stat().st_size
    require_space(part, size)
    with source.open('rb') as stream, progress(total=size, initial=0, desc=target.name) as bar:
        _write(stream, part, 'wb', bar)
    return part


def finish(part: Path, target: Path) -> None:
    """Move a complete and checked part file into place."""
    part.replace(target)
    _notes_of(part).unlink(missing_ok=True)


def discard(part: Path) -> None:
    """Remove a part file that is not what was expected."""
    part.unlink(missing_ok=True)
    _notes_of(part).unlink(missing_ok=True)


def require_space(path: Path, num_bytes: int) -> None:
    """Raise InputPermissionError unless ``num_bytes`` more fit on the disk of ``path``."""
    free = shutil.disk_usage(path.parent).free
    if free < num_bytes:
        raise InputPermissionError(
            f'{path}: the disk has {free} bytes left, {num_bytes} more are needed; make room or '
            'choose another folder with --out.'
        )


def _notes_of(part: Path) -> Path:
    return part.with_name(f'{part.name}.json')


def _continue(url: str, part: Path, progress: _Progress) -> None:
    known = _known(url, part)
    have = part.stat().st_size if known is not None else 0
    if known is not None and have == known.size:
        return
    headers = {'User-Agent': 'mmground'}
    if have:
        headers |= {'Range': f'bytes={have}-', 'If-Range': known.validator}
    with _open(urllib.request.Request(url, headers=headers), part) as response:
        start = have if response.status == 206 else 0
        remote = _remote(url, response, start)
        begins_there = response.headers.get('Content-Range', '').startswith(f'bytes {start}-')
        if start and (remote.size != known.size or not begins_there):
            raise _replaced(part)
        _notes_of(part).write_text(json.dumps(asdict(remote)))
        if remote.size is not None:
            require_space(part, remote.size - start)
        name = part.name.removesuffix('.part')
        with progress(total=remote.size, initial=start, desc=name) as bar:
            _write(response, part, 'ab' if start else 'wb', bar)
    if remote.size is not None and part.stat().st_size != remote.size:
        raise _Interrupted


def _replaced(part: Path) -> _Interrupted:
    """The file at the address is another one now: begin again."""
    discard(part)
    return _Interrupted()


def _known(url: str, part: Path) -> RemoteFile | None:
    """What is known about the file that ``part`` began, or None to begin again."""
    try:
        known = RemoteFile(**json.loads(_notes_of(part).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    usable = part.is_file() and known.url == url and known.validator and known.size is not None
    return known if usable and part.stat().st_size <= known.size else None


def _remote(url: str, response: Any, start: int) -> RemoteFile:
    length = response.headers.get('Content-Length')
    size = None if length is None else int(length) + start
    etag = response.headers.get('ETag') or ''
    return RemoteFile(url, etag, response.headers.get('Last-Modified') or '', size)


def _open(request: urllib.request.Request, part: Path) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the file there is shorter than what is here
            raise _replaced(part) from error
        if error.code >= 500:
            raise _Interrupted from error
        raise InputFileNotFoundError(
            f'{request.full_url}: the server answers {error.code} ({error.reason}).'
        ) from error
    except ConnectionResetError as error:
        raise _Interrupted from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise InputFileNotFoundError(
            f'{request.full_url}: cannot be reached ({getattr(error, "reason", error)}); '
            '--mirror takes a folder or another address with the same files.'
        ) from error


def _write(stream: BinaryIO, part: Path, mode: str, bar: Any) -> None:
    try:
        file = part.open(mode)
    except OSError as error:
        raise InputPermissionError(f'{part}: cannot be written ({error.strerror}).') from error
    with file:
        while True:
            try:
                block = stream.read(_BLOCK)
            except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
                raise _Interrupted from error
            if not block:
                return
            try:
                file.write(block)
            except OSError as error:
                raise InputPermissionError(
                    f'{part}: writing failed ({error.strerror}); what came stays, run the '
                    'command again when there is room.'
                ) from error
            bar.update(len(block))
