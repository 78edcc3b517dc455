"""One of several prompts asked of the same model: which template each task gets."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.prompt_library import PromptLibrary
from vlm_detector.models.detectors.text_box_detector import TextBoxDetector


class PromptChoice:
    """A named choice of templates.

    Args:
        name: 'v2' for version 2 of the template that each task has, or a template of the library
            ('mine@1') for every task.
        settings: ``model.prompts`` of the recipe.
        model: whose prompts these are.

    Raises:
        InputKeyError: no task has such a version, or there is no such template.
    """

    def __init__(
        self, name: str, settings: Mapping[str, Any] | None, model: TextBoxDetector
    ) -> None:
        self.name = name
        self._present = {task: entry['name'] for task, entry in model.prompts.record().items()}
        chosen = {}
        for task, template in self._present.items():
            wanted = _template_name(name, template)
            with contextlib.suppress(InputKeyError):
                chosen[task] = model.prompts.get(wanted).name
        if not chosen:
            wanted = _template_name(name, next(iter(self._present.values())))
            model.prompts.get(wanted)  # says which templates there are
        # The templates are named one by one, so a version of the recipe has no say any more.
        rest = {key: value for key, value in (settings or {}).items() if key != 'version'}
        rest['tasks'] = {**self._present, **chosen}
        self.library = PromptLibrary(**rest, family=model.family.name)
        self._chosen = chosen

    def require(self, tasks: Sequence[str]) -> None:
        """Raise InputKeyError unless every one of ``tasks`` has a template of this choice."""
        for task in tasks:
            if task not in self._chosen:
                raise InputKeyError(
                    f'--prompts {self.name}: expected a template for the task {task!r}, found '
                    f'only {self._present.get(task)!r}; write one as model.prompts.templates.'
                )

    @contextlib.contextmanager
    def asked_of(self, model: TextBoxDetector) -> Iterator[None]:
        """Let ``model`` ask with these templates inside the block."""
        before = model.prompts
        model.prompts = self.library
        try:
            yield
        finally:
            model.prompts = before


def choices_of(
    names: Sequence[str], settings: Mapping[str, Any] | None, model: TextBoxDetector
) -> list[PromptChoice]:
    """One choice for each name, each name once.

    Raises:
        InputValueError: fewer than two names.
    """
    unique = list(dict.fromkeys(names))
    if len(unique) < 2:
        raise InputValueError(f'--prompts: expected two or more to compare, found {unique}.')
    return [PromptChoice(name, settings, model) for name in unique]


def mixed_choice(
    best: Mapping[str, PromptChoice], settings: Mapping[str, Any] | None, model: TextBoxDetector
) -> PromptLibrary:
    """The library in which each task has the template of its own choice."""
    rest = {key: value for key, value in (settings or {}).items() if key != 'version'}
    tasks = {task: entry['name'] for task, entry in model.prompts.record().items()}
    tasks |= {task: choice.library.for_task(task).name for task, choice in best.items()}
    return PromptLibrary(**{**rest, 'tasks': tasks}, family=model.family.name)


def _template_name(name: str, present: str) -> str:
    version = re.fullmatch(r'v(\d+)', name)
    return name if version is None else f'{present.rsplit("@", 1)[0]}@{version.group(1)}'
