"""File names that tell files apart: LogoDet-3K calls the pictures of every brand 1.jpg, 2.jpg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """For each path its file name, with as many folders in front as no other path shares."""
    parts = {path: PurePath(path).parts for path in paths}
    depth = dict.fromkeys(parts, 1)
    while True:
        names = {path: '/'.join(parts[path][-depth[path] :]) for path in parts}
        counts = Counter(names.values())
        alike = [
            path
            for path, name in names.items()
            if counts[name] > 1 and depth[path] < len(parts[path])
        ]
        if not alike:
            return names
        for path in alike:
            depth[path] += 1
