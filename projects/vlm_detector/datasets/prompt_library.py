"""Prompts by name and version; a report can say which text a model was asked with."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean
from vlm_detector.tasks import task_of

PLACEHOLDERS = ('classes', 'phrase', 'format_hint')
# 'name@version'; a text never changes under its version.
BUILT_IN = {
    'detect@1': (
        'Locate every instance of these categories: {classes}. Report the boxes in JSON format.'
    ),
    'detect@2': (
        'Look at the whole picture, small and partly hidden things included. For every object '
        'that belongs to one of these categories give its box and the name of the category: '
        '{classes}. Answer with JSON only; leave out what is not there.'
    ),
    'detect@3': 'Boxes of: {classes}.',
    'detect_format@1': (
        'Locate every instance of these categories: {classes}. {format_hint} '
        'Answer [] if there is none.'
    ),
    'ground@1': 'Locate {phrase}. Report the boxes in JSON format.',
    'ground@2': (
        'Read the phrase "{phrase}" and find what it describes, taking place, colour and '
        'neighbours into account. Answer with the box in JSON, or [] if it is not there.'
    ),
    'ground@3': 'Box of {phrase}.',
    'ground_format@1': 'Locate {phrase}. {format_hint}',
    'subject@1': 'Locate the main subject of this picture. Report its box in JSON format.',
    'subject@2': (
        'Which single object is this picture about? Choose the one that catches the eye first '
        'and give one tight box around all of it. {format_hint} Answer [] if nothing stands out.'
    ),
    'subject@3': 'Box of the main subject.',
    # Of thousands of companies a prompt can't name one.
    'logos@1': 'Locate every logo and name its company. Report the boxes in JSON format.',
    'logos@2': (
        'Find all logos in this picture, on products, signs and clothes alike. Give a tight box '
        'around each, symbol and lettering together, with the name of the company as its label. '
        'Answer with JSON only.'
    ),
    'logos@3': 'Boxes of all logos, labelled with the company.',
    'classify@1': 'Identify the logo in this picture: name the industry and the company.',
    'classify@2': (
        'Study the shape, the colours and the lettering of the logo. Which company does it stand '
        'for, and in which industry does that company work? Answer in two lines: '
        '"Industry: ..." and "Company: ...".'
    ),
    'classify@3': 'Industry and company of this logo?',
    'industry@1': 'Which industry does the logo in this picture belong to?',
    'industry@2': (
        'Study the logo and think of what its company sells. Answer with the name of the '
        'industry and nothing else.'
    ),
    'industry@3': 'Industry of this logo?',
    'regions@1': 'Describe every region of this picture. Report boxes and descriptions in JSON.',
    'regions@2': (
        'Go through the picture region by region. Give each a tight box and a short phrase that '
        'says what it shows. {format_hint}'
    ),
    'regions@3': 'Boxes and descriptions of all regions.',
    'segment@1': 'Segment {phrase}.',
    'segment@2': 'Draw the outline of {phrase}, as exactly as you can.',
    'segment@3': 'Outline of {phrase}.',
    'caption@1': 'Describe this picture in one sentence.',
    'caption@2': (
        'Say in one plain sentence what this picture shows: who or what, where, and what happens.'
    ),
    'caption@3': 'Caption:',
    # Task tokens of Florence-2: its processor makes sentences of them.
    'florence_classes@1': '<CAPTION_TO_PHRASE_GROUNDING>{classes}',
    'florence_objects@1': '<OD>',
    'florence_phrase@1': '<CAPTION_TO_PHRASE_GROUNDING>{phrase}',
    'florence_subject@1': '<CAPTION_TO_PHRASE_GROUNDING>the main subject',
    'florence_regions@1': '<DENSE_REGION_CAPTION>',
    'florence_segment@1': '<REFERRING_EXPRESSION_SEGMENTATION>{phrase}',
    'florence_caption@1': '<CAPTION>',
}
OF_FAMILY = {
    'florence2': {
        'detection': 'florence_classes@1',
        'phrase_grounding': 'florence_phrase@1',
        'main_subject': 'florence_subject@1',
        'dense_region_caption': 'florence_regions@1',
        'segmentation': 'florence_segment@1',
        'caption': 'florence_caption@1',
    },
}
OF_OTHERS = {
    'detection': 'detect@1',
    'phrase_grounding': 'ground@1',
    'main_subject': 'subject@1',
    'dense_region_caption': 'regions@1',
    'segmentation': 'segment@1',
    'classification': 'classify@1',
    'industry': 'industry@1',
    'caption': 'caption@1',
}


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
        version: 'v2' takes version 2 of the template of every task.
        family: chooses the templates of tasks that ``tasks`` does not name.

    Raises:
        InputKeyError: an unknown task or name, or one without that version.
        InputValueError: another form of version; a template with an unknown placeholder, without
            version, or with the name and version of a built-in one.
    """

    def __init__(
        self,
        tasks: Mapping[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
        *,
        version: str | None = None,
        family: str = '',
    ) -> None:
        self._texts = dict(BUILT_IN)
        for name, text in (templates or {}).items():
            self._add(name, text)
        chosen = {**OF_OTHERS, **OF_FAMILY.get(family, {}), **(tasks or {})}
        for task in chosen:
            task_of(task, 'prompts.tasks')
        if version is not None:
            number = _version_number(version)
            chosen = {task: f'{name.rsplit("@", 1)[0]}@{number}' for task, name in chosen.items()}
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
        return self._tasks[task_of(task).name]

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


def _version_number(version: str) -> int:
    number = str(version).removeprefix('v')
    if not number.isdecimal():
        raise InputValueError(
            f"prompts.version: expected a version such as 'v2', found {version!r}."
        )
    return int(number)


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
