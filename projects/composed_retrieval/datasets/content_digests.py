"""Digests by which kept features and tokens know whether they still belong to their pictures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def preprocessing_digest(steps: Iterable[Any]) -> str:
    """Of transforms and their settings."""
    content = repr([(type(step).__name__, sorted(vars(step).items())) for step in steps])
    return hashlib.sha256(content.encode()).hexdigest()


def pictures_digest(paths: Mapping[str, str | Path]) -> str:
    """Of names and file sizes; no file is opened, and a copied folder has the same one."""
    digest = hashlib.sha256()
    for name, path in paths.items():
        digest.update(f'{name}|{os.stat(path).st_size}|'.encode())
    return digest.hexdigest()
