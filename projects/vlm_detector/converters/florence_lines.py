"""Lines of a Florence-2 training file.

::

    {"prefix": "<OD>", "suffix": "drop<loc_732><loc_481><loc_748><loc_501>", "image": "a.jpg"}

A suffix is an answer of ``Florence2Codec``; this file only knows the JSON around it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

DETECTION_PREFIX = '<OD>'
_KEYS = ('prefix', 'suffix', 'image')


@dataclass(frozen=True)
class FlorenceLine:
    """One picture.

    Attributes:
        where: file and line number, for messages.
        image: file name.
        suffix: the answer text; '' for no object.
    """

    where: str
    image: str
    suffix: str

    def to_json(self) -> str:
        """The line as it stands in a file, without its end."""
        values = (DETECTION_PREFIX, self.suffix, self.image)
        return json.dumps(dict(zip(_KEYS, values, strict=True)), ensure_ascii=False)


def read_florence_lines(path: str | Path, report: ConversionReport) -> list[FlorenceLine]:
    """The detection lines of a file; blank lines don't count.

    Args:
        report: receives broken lines, and those of other tasks, which are left out.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: it has no line.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    lines = []
    rows = path.read_bytes().removeprefix(b'\xef\xbb\xbf').split(b'\n')
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            prefix, line = _read_line(row, f'{path}:{number}')
        except BrokenInput as error:
            report.broken.append(str(error))
            continue
        if prefix == DETECTION_PREFIX:
            lines.append(line)
        else:
            report.note('lines of another task than <OD> left out', f'{line.where}: {prefix:.40}')
    if not lines and not report.broken:
        raise InputValueError(f'{path}: expected lines with the prefix <OD>, found none.')
    return lines


def _read_line(row: bytes, where: str) -> tuple[str, FlorenceLine]:
    try:
        content = json.loads(row)
    except UnicodeDecodeError as error:
        raise BrokenInput(f'{where}: expected UTF-8 text ({error.reason}).') from error
    except json.JSONDecodeError as error:
        raise BrokenInput(
            f'{where}: not valid JSON at column {error.colno} of {len(row.rstrip())} '
            f'({error.msg}); was the file cut off?'
        ) from error
    for key in _KEYS:
        value = content.get(key) if isinstance(content, dict) else None
        if not isinstance(value, str):
            raise BrokenInput(f'{where}: expected a text as {key!r}, found {value!r:.60}.')
    if not content['image'].strip():
        raise BrokenInput(f'{where}: expected the file name of a picture, found none.')
    return content['prefix'].strip(), FlorenceLine(where, content['image'], content['suffix'])
