"""The class names of a data set, from a file, the command line or the annotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from vl_runtime.errors import InputFileNotFoundError, InputValueError


def read_class_names(path: str | Path) -> list[str]:
    """Names of a ``classes.txt``: one on a line, in the order of the class indices.

    Blank lines at the end don't count.

    Raises:
        InputFileNotFoundError: the file does not exist.
        InputValueError: it is not UTF-8 text, names nothing, has a blank line in between or
            a name twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(
            f'{path}: there is no such file; it holds one class name on a line. '
            'Or name the classes with --classes.'
        )
    try:
        text = path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise InputValueError(f'{path}: expected UTF-8 text ({error}).') from error
    return checked_class_names([line.strip() for line in text.rstrip().splitlines()], str(path))


def checked_class_names(names: Sequence[str], source: str) -> list[str]:
    """``names`` unchanged, when each is there once and not blank.

    Raises:
        InputValueError: no name, a blank one, or one twice; the first is named.
    """
    if not names:
        raise InputValueError(f'{source}: expected at least one class name, found none.')
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name.strip():
            raise InputValueError(f'{source}: class {index} is blank; every class needs a name.')
        if name in seen:
            raise InputValueError(
                f'{source}: class {index} ({name!r}) has the name of class {seen[name]}; '
                'every class needs its own.'
            )
        seen[name] = index
    return list(names)


def class_names_from(
    given: Sequence[str] | None, candidates: Iterable[Path]
) -> tuple[list[str], str] | None:
    """(names, where they come from): ``given`` ones, else the first file that exists, else None.

    One given value that is a ``.txt`` file is read as one.
    """
    if given:
        if len(given) == 1 and Path(given[0]).suffix == '.txt':
            return read_class_names(given[0]), given[0]
        return checked_class_names(given, '--classes'), '--classes'
    path = next((path for path in candidates if path.is_file()), None)
    return None if path is None else (read_class_names(path), str(path))
