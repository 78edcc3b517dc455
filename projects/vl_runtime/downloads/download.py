"""Fetch a named entry, check what came, and tell what a person has to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from vl_runtime.downloads.checksums import Checksums, sha256_of
from vl_runtime.downloads.entry import DownloadEntry, DownloadFile
from vl_runtime.downloads.transfer import copy_from, discard, fetch, finish, part_of
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.file_lock import only_process


def download_entry(
    entry: DownloadEntry,
    out: str | Path,
    checksums: Checksums,
    *,
    mirror: str | None = None,
    progress: Callable[..., Any],
) -> Iterator[str]:
    """Fetch the files of ``entry`` into ``out``; yields a line for each when it is done.

    A file that is there and has the expected digest is left alone. A new one comes into
    place only when it is complete and checked.

    Args:
        mirror: a folder or an address with the files, in ``<mirror>/<entry.folder>/`` or
            directly in ``<mirror>/``; or the file itself.
        progress: see ``transfer.fetch``.

    Raises:
        InputFileNotFoundError: a file is not where it should be, or has to be fetched by hand.
        InputValueError: a file, or the record of checksums, is not what was expected.
        InputPermissionError: another process is fetching it; no place to write to.
    """
    checksums.require_usable()
    if not entry.files and mirror is None:
        raise InputFileNotFoundError(by_hand(entry, out))
    if not entry.files:
        raise InputFileNotFoundError(
            f'{by_hand(entry, out)} (a mirror is of no use: the file names are not known)'
        )
    for file in entry.files:
        target = Path(out) / entry.folder / file.name
        key = f'{entry.name}/{file.name}'
        if target.is_file():
            yield f'{target}: already there, {checksums.check(target, key, file.sha256)}'
            continue
        with _only_download(target):
            part = _fetch_any(entry, file, target, mirror, progress)
            try:
                said = checksums.check(part, key, file.sha256)
            except InputValueError:
                discard(part)
                raise
            finish(part, target)
        yield f'{target}: {target.stat().st_size} bytes, {said}'


def _only_download(target: Path) -> AbstractContextManager[None]:
    return only_process(
        target.with_name(f'{target.name}.lock'),
        lambda process: f'{target}: process {process} is fetching it; wait for that one to end.',
    )


def check_entry(
    entry: DownloadEntry, out: str | Path, checksums: Checksums
) -> Iterator[tuple[bool, str]]:
    """(fine, line) for each file of ``entry``; nothing is fetched or recorded."""
    for file in entry.files:
        target = Path(out) / entry.folder / file.name
        if not target.is_file():
            begun = ', begun' if part_of(target).is_file() else ''
            yield False, f'{target}: not there{begun}'
            continue
        expected = checksums.expected(f'{entry.name}/{file.name}', file.sha256)
        if not expected:
            yield True, f'{target}: there, sha256 not known'
            continue
        fine = sha256_of(target) == expected
        yield fine, f'{target}: {"sha256 as expected" if fine else "ANOTHER sha256 than expected"}'


def by_hand(entry: DownloadEntry, out: str | Path) -> str:
    """What a person has to fetch and where it goes."""
    return (
        f'{entry.name}: has to be fetched by hand from {entry.source}: {entry.by_hand}; put it '
        f'into {Path(out) / entry.folder}.'
    )


def _fetch_any(
    entry: DownloadEntry, file: DownloadFile, target: Path, mirror: str | None, progress: Callable
) -> Path:
    """Fetch from the mirror when there is one, else from the source."""
    if mirror is None:
        try:
            return fetch(file.url, target, progress)
        except InputFileNotFoundError as error:
            raise InputFileNotFoundError(
                f'{error} By hand: {entry.source}, then put it at {target}.'
            ) from error
    places = [f'{entry.folder}/{file.name}', file.name]
    if mirror.startswith(('http://', 'https://')):
        return _fetch_first([f'{mirror.rstrip("/")}/{place}' for place in places], target, progress)
    if Path(mirror).is_file() and Path(mirror).name == file.name:
        return copy_from(Path(mirror), target, progress)
    for place in places:
        if (Path(mirror) / place).is_file():
            return copy_from(Path(mirror) / place, target, progress)
    raise InputFileNotFoundError(
        f'{mirror}: the mirror has neither {places[0]} nor {places[1]} for {entry.name}.'
    )


def _fetch_first(urls: list[str], target: Path, progress: Callable) -> Path:
    try:
        return fetch(urls[0], target, progress)
    except InputFileNotFoundError:
        return fetch(urls[1], target, progress)
