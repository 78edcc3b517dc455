"""An application that is tried on a few pictures: its guide, its data, what makes it small."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from vl_runtime.errors import InputValueError
from vlm_detector.examples.guide_commands import GuideCommand, guide_commands


@dataclasses.dataclass(frozen=True)
class Step:
    """A command of a guide as it runs here.

    Attributes:
        command: as in the guide.
        text: with the placeholders filled.
        added: options behind it that make it small.
    """

    command: GuideCommand
    text: str
    added: str = ''

    @property
    def whole(self) -> str:
        """What is run."""
        return f'{self.text} {self.added}'.strip()


@dataclasses.dataclass(frozen=True)
class Example:
    """One application.

    Attributes:
        name: of its folder and its row.
        guide: under the checkout; its code blocks are the steps.
        prepare: ``prepare(samples, folder)`` lays out in ``folder`` what the first command reads.
        families: tiny models written to ``models/<family>`` of the folder.
        replaced: text of the guide (a placeholder, numbers of pictures) -> text that is run.
        added: (pattern of commands, options behind them), in this order.
        results: files to look at afterwards, relative to the folder: the report first.
    """

    name: str
    guide: str
    prepare: Callable[[Path, Path], None]
    families: tuple[str, ...]
    replaced: Mapping[str, str]
    added: tuple[tuple[str, str], ...]
    results: tuple[str, ...]

    def steps(self, checkout: Path) -> tuple[list[Step], list[GuideCommand]]:
        """What is run, and the commands of the guide that are not.

        Raises:
            InputValueError: ``replaced`` or ``added`` names what no command has.
        """
        path = checkout / self.guide
        commands = guide_commands(path)
        run = [command for command in commands if not command.reason_not_run]
        steps = [Step(command, self._filled(command), self._added(command)) for command in run]
        text = '\n'.join(command.text for command in run)
        unknown = [key for key in self.replaced if key not in text]
        unknown += [pattern for pattern, _ in self.added if not re.search(pattern, text)]
        if unknown:
            raise InputValueError(f'{path}: expected a command with {unknown[0]!r}, found none.')
        return steps, [command for command in commands if command.reason_not_run]

    def _filled(self, command: GuideCommand) -> str:
        text = command.text
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text

    def _added(self, command: GuideCommand) -> str:
        return ' '.join(words for pattern, words in self.added if re.search(pattern, command.text))
