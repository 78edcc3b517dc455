"""Read a pickle that holds plain data, and nothing else.

Why: RefCOCO's references are published as pickles, and unpickling runs whatever a file asks
for. Here lists, dictionaries, numbers and texts are made, and a file that names a class or a
function is refused before that is looked up. Until: the data set is published as JSON.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

# What damaged and foreign files were seen to raise in pickle's own reader.
_BROKEN = (EOFError, ValueError, LookupError, TypeError, AttributeError, OverflowError, MemoryError)


class _Refused(Exception):
    """The name that a file asked for."""


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Every name is refused: plain data needs none."""
        raise _Refused(f'{module}.{name}')


def read_plain_pickle(path: str | Path) -> Any:
    """The plain data of the pickle ``path``; texts of Python 2 are read as UTF-8.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: it names a class or function, is cut off, or is no pickle.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    try:
        with path.open('rb') as file:
            return _PlainUnpickler(file, encoding='utf-8', errors='replace').load()
    except _Refused as error:
        raise InputValueError(
            f'{path}: refused, because it holds {error}, which is not plain data and could run '
            'code when it is opened; take the file from its source, or one in JSON.'
        ) from error
    except (pickle.UnpicklingError, *_BROKEN) as error:
        raise InputValueError(
            f'{path}: not a complete pickle ({path.stat().st_size} bytes); it is cut off or '
            'another kind of file. Copy or download it again.'
        ) from error
