"""Append-only results of one process; what a killed process wrote is used by the next."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputValueError
from vl_runtime.file_lock import only_process


def only_labeller(path: str | Path) -> AbstractContextManager[None]:
    """Hold the shard file ``path`` for this process; to be entered before it is read.

    Raises:
        InputPermissionError: another process writes it; names its number.
    """
    return only_process(
        f'{path}.lock',
        lambda process: (
            f'{path}: process {process} is labelling this shard; wait for it, or divide the work '
            'with --shard 0/2 and 1/2.'
        ),
    )


class ShardFile:
    """Lines of JSON: the settings, then one record for each image.

    Args:
        path: the file; made, with its folder, at the first write.
        settings: what the records depend on; a file of other settings is refused.

    Raises:
        InputValueError: the file was written with other settings.
    """

    def __init__(self, path: str | Path, settings: dict[str, Any]) -> None:
        self.path = Path(path)
        self.settings = json.loads(json.dumps(settings))
        self.records: dict[str, dict] = {}
        self._whole_bytes = 0
        if self.path.is_file():
            self._read()

    def append(self, record: dict[str, Any]) -> None:
        """Write the record of an image to the disk now."""
        self.records[record['file_name']] = record
        lines = [record] if self._whole_bytes else [{'settings': self.settings}, record]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = ''.join(f'{json.dumps(line, ensure_ascii=False)}\n' for line in lines).encode()
        with self.path.open('r+b' if self._whole_bytes else 'wb') as file:
            file.seek(self._whole_bytes)
            file.truncate()  # a line that a killed process left half
            file.write(data)
        self._whole_bytes += len(data)

    def _read(self) -> None:
        data = self.path.read_bytes()
        self._whole_bytes = data.rfind(b'\n') + 1
        lines = data[: self._whole_bytes].splitlines()
        if not lines:
            return
        found = json.loads(lines[0]).get('settings')
        if found != self.settings:
            different = sorted(
                key
                for key in {*self.settings, *(found or {})}
                if (found or {}).get(key) != self.settings.get(key)
            )
            raise InputValueError(
                f'{self.path}: was written with another {", ".join(different)}; go on with the '
                'same settings, or choose another --out (or remove the file to begin again).'
            )
        self.records = {record['file_name']: record for record in map(json.loads, lines[1:])}
