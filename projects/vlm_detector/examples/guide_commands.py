"""The commands that a guide shows: the lines of its code blocks that a shell would run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vl_runtime.errors import InputValueError

NOT_RUN = '# not run by `make examples`: '
_STARTS = ('python ', './tools/')
_FENCE = '```'


@dataclasses.dataclass(frozen=True)
class GuideCommand:
    """One command of a guide.

    Attributes:
        line: where it starts in the guide, from 1.
        text: as the guide shows it; continued lines are joined.
        reason_not_run: why it can't run everywhere; empty for all others.
    """

    line: int
    text: str
    reason_not_run: str = ''


def guide_commands(path: str | Path) -> list[GuideCommand]:
    """The commands of the guide ``path``, from top to bottom.

    Code blocks that name a language, and lines that don't start as a command does (what a
    command printed, the content of a file), are none. A line that starts with ``NOT_RUN`` gives
    the reason why the command below it is not run.

    Raises:
        InputValueError: a code block does not end, or a reason has no command.
    """
    found: list[GuideCommand] = []
    block, reason, unfinished, start = '', '', '', 0
    for number, line in enumerate(Path(path).read_text(encoding='utf-8').splitlines(), start=1):
        if line.startswith(_FENCE):
            if reason or unfinished:
                raise InputValueError(f'{path}:{number}: expected a command before this line.')
            block = '' if block else line
        elif block != _FENCE:
            continue
        elif line.startswith(NOT_RUN):
            reason = line.removeprefix(NOT_RUN)
        elif unfinished or line.startswith(_STARTS):
            start = start if unfinished else number
            unfinished = f'{unfinished} {line.strip()}'.strip()
            if not line.endswith('\\'):
                found.append(GuideCommand(start, unfinished, reason))
                unfinished = reason = ''
            else:
                unfinished = unfinished.removesuffix('\\').strip()
    if block:
        raise InputValueError(f'{path}: expected the last code block to end with {_FENCE}.')
    return found
