"""A folder that is drawn as a whole, or kept when it is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputPermissionError, InputValueError, UserInputError


def drawn_folder(folder: str | Path, spec: Mapping[str, Any], draw: Callable[[Path], None]) -> Path:
    """``folder`` with what ``draw`` puts there; ``spec.json`` in it marks a complete set.

    Args:
        folder: drawn anew unless the set in it is of the same ``spec``.
        spec: what decides the content; JSON values.
        draw: fills an empty folder.

    Returns:
        ``folder`` as a path.

    Raises:
        InputValueError: ``folder`` holds something else.
        InputPermissionError: it can't be written.
    """
    folder = Path(folder)
    marker = folder / 'spec.json'
    if marker.exists() and json.loads(marker.read_text()) == spec:
        return folder
    if folder.exists() and not marker.exists() and (folder.is_file() or any(folder.iterdir())):
        raise InputValueError(
            f'{folder}: expected a new or empty folder, or shapes drawn earlier, found something '
            'else, which would be lost; choose another folder.'
        )
    # Drawn beside it and moved into place: who stops half-way has lost nothing.
    unfinished = folder.with_name(f'.{folder.name}.unfinished')
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        draw(unfinished)
        write_json(unfinished / 'spec.json', spec)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    except OSError as error:
        if isinstance(error, UserInputError):
            raise
        raise InputPermissionError(
            f'{folder}: cannot write there ({error.strerror}); choose another folder.'
        ) from error
    return folder
