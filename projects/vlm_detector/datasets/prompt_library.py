"""Prompts by name and version; a report can say which text a model was asked with."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

PLACEHOLDERS = ('classes', 'phrase', 'format_hint')
TASKS = ('detection', 'grounding')
# 'name@version'; a text never changes under its version.
BUILT_IN = {
    'detect@1': (
        'Locate every instance of these categories: {classes}. Report the boxes in JSON format.'
    ),
    'detect_format@1': (
        'Locate every instance of these categories: {classes}. {format_hint} '
        'Answer [] if there is none.'
    ),
    'ground@1': 'Locate {phrase}. Report the boxes in JSON format.',
    'ground_format@1': 'Locate {phrase}. {format_hint}',
    # Task tokens of Florence-2: its processor makes sentences of them.
    'florence_classes@1': '<CAPTION_TO_PHRASE_GROUNDING>{classes}',
    'florence_objects@1': '<OD>',
    'florence_phrase@1': '<CAPTION_TO_PHRASE_GROUNDING>{phrase}',
}
OF_FAMILY = {
    'florence2': {'detection': 'florence_classes@1', 'grounding': 'florence_phrase@1'},
}
OF_OTHERS = {'detection': 'detect@1', 'grounding': 'ground@1'}


@dataclass(frozen=True)
class PromptTemplate:
    """A prompt with placeholders.

    Attributes:
        name: 'name@version'.
        text: may hold {classes}, {phrase} and {format_hint}.
    """

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Digest of the text, to compare a report with a checkpoint."""
        return hashlib.sha256(self.text.encode('utf-8')).hexdigest()

    def render(
        self, *, classes: Sequence[str] = (), phrase: str = '', format_hint: str = ''
    ) -> str:
        """The prompt; blank classes (padding) are left out."""
        named = ', '.join(text for text in classes if text.strip())
        return self.text.format(classes=named, phrase=phrase, format_hint=format_hint)


class PromptLibrary:
    """Templates by name, and one for each task.

    Args:
        tasks: task -> name ('detect@1', or 'detect' for its highest version).
        templates: texts of your own, 'name@version' -> text.
        family: chooses the templates of tasks that ``tasks`` does not name.

    Raises:
        InputKeyError: an unknown task or name.
        InputValueError: a template with an unknown placeholder, without version, or with the
            name and version of a built-in one.
    """

    def __init__(
        self,
        tasks: Mapping[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
        *,
        family: str = '',
    ) -> None:
        self._texts = dict(BUILT_IN)
        for name, text in (templates or {}).items():
            self._add(name, text)
        chosen = {**OF_OTHERS, **OF_FAMILY.get(family, {}), **(tasks or {})}
        for task in chosen:
            if task not in TASKS:
                raise InputKeyError(
                    f'prompts.tasks: expected some of {", ".join(TASKS)}, found {task!r}.'
                    + did_you_mean(str(task), TASKS)
                )
        self._tasks = {task: self.get(name) for task, name in chosen.items()}

    def get(self, name: str) -> PromptTemplate:
        """The template called ``name``; without a version, the highest one.

        Raises:
            InputKeyError: there is none.
        """
        if name in self._texts:
            return PromptTemplate(name, self._texts[name])
        versions = [key for key in self._texts if key.rsplit('@', 1)[0] == name]
        if not versions:
            raise InputKeyError(
                f'prompt {name!r}: expected one of {", ".join(sorted(self._texts))}.'
                + did_you_mean(name, self._texts)
            )
        newest = max(versions, key=lambda key: int(key.rsplit('@', 1)[1]))
        return PromptTemplate(newest, self._texts[newest])

    def for_task(self, task: str) -> PromptTemplate:
        """The template of a task.

        Raises:
            InputKeyError: an unknown task.
        """
        if task not in self._tasks:
            raise InputKeyError(f'task: expected one of {", ".join(TASKS)}, found {task!r}.')
        return self._tasks[task]

    def record(self) -> dict[str, dict[str, str]]:
        """Name, text and digest of the template of each task, for reports and exports."""
        return {
            task: {'name': template.name, 'text': template.text, 'sha256': template.sha256}
            for task, template in self._tasks.items()
        }

    def _add(self, name: str, text: str) -> None:
        version = name.rsplit('@', 1)[-1] if '@' in name else ''
        if not version.isdecimal():
            raise InputValueError(
                f'prompts.templates: expected names with a version such as mine@1, found {name!r}.'
            )
        if name in BUILT_IN and BUILT_IN[name] != text:
            raise InputValueError(
                f'prompts.templates: {name!r} is a built-in text; give yours another version.'
            )
        _check_placeholders(name, text)
        self._texts[name] = text


def _check_placeholders(name: str, text: str) -> None:
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise InputValueError(
            f'prompt {name!r}: {error}; write {{{{ and }}}} for braces that stay.'
        ) from error
    for field in fields:
        if field not in PLACEHOLDERS:
            raise InputValueError(
                f'prompt {name!r}: expected the placeholders '
                f'{", ".join("{" + known + "}" for known in PLACEHOLDERS)}, found '
                f'{{{field}}}; write {{{{ and }}}} for braces that stay.'
            )
