"""sha256 of downloaded files: known, or remembered from the first time."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vl_runtime.atomic_files import write_json
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputValueError

_BLOCK = 1 << 22  # bytes


def sha256_of(path: Path) -> str:
    """Digest of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


class Checksums:
    """The user's file of checksums: ``{"entry/file": sha256}``.

    Args:
        path: the JSON file; made at the first :meth:`record`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def require_usable(self) -> None:
        """Raise InputValueError now if the record can't be read after an hour's download."""
        if self.path.is_dir():
            raise InputValueError(
                f'{self.path}: expected a JSON file of checksums, found a folder.'
            )
        self._read()

    def expected(self, key: str, published: str = '') -> str:
        """The published digest, else the one recorded for ``key``, else ''."""
        return published or self._read().get(key, '')

    def record(self, key: str, digest: str) -> None:
        """Remember the digest of ``key``."""
        write_json(self.path, {**self._read(), key: digest}, indent=1)

    def check(self, path: Path, key: str, published: str = '') -> str:
        """Hold a file against what is expected; remember what is not known yet.

        Returns:
            What was done, in words.

        Raises:
            InputValueError: another digest than expected.
        """
        digest = sha256_of(path)
        expected = self.expected(key, published)
        if expected and digest != expected:
            origin = 'published' if published else f'recorded in {self.path}'
            raise InputValueError(
                f'{path}: expected sha256 {expected} ({origin}), found {digest}; the file is '
                'damaged or was replaced at its source. Fetch it again; if the new file is '
                f'wanted, take {key!r} out of the record.'
            )
        if expected:
            return 'sha256 as expected'
        self.record(key, digest)
        stem = path.name.removesuffix('.part').rpartition('.')[0]
        named = stem.rpartition('-')[2]
        agrees = ', which agrees with its name' if _is_prefix(named, digest) else ''
        return f'sha256 was not known: {digest} recorded in {self.path}{agrees}'

    def _read(self) -> dict[str, str]:
        if not self.path.is_file():
            return {}
        content = read_json(self.path)
        if not isinstance(content, dict):
            raise InputValueError(f'{self.path}: expected a JSON object of checksums.')
        return content


def _is_prefix(named: str, digest: str) -> bool:
    return len(named) == 8 and digest.startswith(named)
