"""Class texts: what the classes of a data set are called, one entry per class."""

from __future__ import annotations

import json
import logging
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError


@dataclass(frozen=True)
class Vocabulary:
    """The texts of the classes, in the order of the class indices.

    ``texts[i]`` holds the synonyms of class i, its main name first. ``source`` (a file,
    or words for where the names come from) starts every error message.

    Raises:
        InputValueError: no entry; an entry without a text; an empty text; two entries
            that can't be told apart. The first offender is named with its index.
    """

    texts: tuple[tuple[str, ...], ...]
    source: str

    def __post_init__(self) -> None:
        if not self.texts:
            raise InputValueError(f'{self.source}: expected at least one class text, found none.')
        for index, entry in enumerate(self.texts):
            if not entry:
                raise InputValueError(
                    f'{self.source}: expected at least one text in entry {index}, found none.'
                )
            for synonym in entry:
                if not synonym.strip():
                    raise InputValueError(
                        f'{self.source}: expected a text in entry {index}, found the empty '
                        f'string {synonym!r}; padding and background are added by the model.'
                    )
        self._check_duplicates()

    @classmethod
    def from_json(cls, path: str | Path) -> Vocabulary:
        """Read a JSON list with one entry per class: a list of synonyms, or one string.

        Raises:
            InputFileNotFoundError, InputPermissionError, InputValueError: the message
            names file, entry, expected and found.
        """
        try:
            content = _read_json(path)
        except InputFileNotFoundError as error:
            raise InputFileNotFoundError(
                f'{path}: no such file of class texts; write it from an annotation file with: '
                f'python tools/prepare_data/class_texts.py {_usual_source(path)} --out {path}'
            ) from error
        if not isinstance(content, list):
            found = _describe(content)
            if isinstance(content, dict) and 'categories' in content:
                found += ', an annotation file; its names are used when no class texts are given'
            raise InputValueError(f'{path}: expected a list of class texts, found {found}.')
        entries = []
        for index, entry in enumerate(content):
            entry = [entry] if isinstance(entry, str) else entry
            if not isinstance(entry, list):
                raise InputValueError(
                    f'{path}: expected a list of synonyms in entry {index}, found '
                    f'{_describe(entry)}.'
                )
            entries.append(_strings(entry, f'{path}: entry {index}'))
        return cls(tuple(entries), str(path))

    @classmethod
    def from_names(cls, names: Iterable[str], source: str) -> Vocabulary:
        """One entry per name; ``source`` says where the names come from."""
        if isinstance(names, str):
            raise InputValueError(f'{source}: expected a list of names, found {names!r}.')
        return cls(tuple((name,) for name in _strings(list(names), source)), source)

    @classmethod
    def from_annotations(cls, path: str | Path) -> Vocabulary:
        """Derive the class texts from annotations.

        A COCO or LVIS JSON gives the categories in file order (LVIS: name and ``synonyms``
        with spaces for underscores). A folder of Pascal VOC XML files (or one that has
        them in ``Annotations/``) gives the object names, sorted.
        """
        if Path(path).is_dir():
            return cls.from_names(_voc_names(Path(path)), str(path))
        content = _read_json(path)
        categories = content.get('categories') if isinstance(content, dict) else None
        if not isinstance(categories, list):
            found = _describe(content if not isinstance(content, dict) else categories)
            raise InputValueError(f"{path}: expected a list under 'categories', found {found}.")
        entries = [_category_texts(path, *item) for item in enumerate(categories)]
        return cls(tuple(entries), str(path))

    @property
    def names(self) -> list[str]:
        """The main name of each class."""
        return [entry[0] for entry in self.texts]

    def to_lists(self) -> list[list[str]]:
        """The entries as plain lists, the form of ``data_info['texts']``."""
        return [list(entry) for entry in self.texts]

    def __len__(self) -> int:
        return len(self.texts)

    def check_against(self, class_names: Sequence[str], ann_file: str | Path) -> None:
        """Check that text i belongs to category i of the annotations.

        Another wording is welcome ('red blood cell' for 'RBC'), or one of two names ('bread'
        for 'bread/bun'); a text that names another category is not. Case, underscores and
        parts in brackets don't matter.

        Raises:
            InputValueError: fewer, more or misordered texts; names the first disagreement.
        """
        expected = (
            f'{self.source}: expected {len(class_names)} class texts, one per category of '
            f'{ann_file}, found {len(self)}'
        )
        if len(self) < len(class_names):
            raise InputValueError(
                f'{expected}; the first category without a text is index {len(self)} '
                f'({class_names[len(self)]!r}).'
            )
        if len(self) > len(class_names):
            raise InputValueError(
                f'{expected}; the first text without a category is index {len(class_names)} '
                f'({self.texts[len(class_names)][0]!r}).'
            )
        self._check_order(class_names, ann_file)

    def _check_order(self, class_names: Sequence[str], ann_file: str | Path) -> None:
        keys = [_comparable(name) for name in class_names]
        index_of = {key: index for index, key in reversed(list(enumerate(keys)))}
        for index, entry in enumerate(self.texts):
            if any(_comparable(synonym) in _ways_to_say(class_names[index]) for synonym in entry):
                continue
            other = index_of.get(_comparable(entry[0]))
            if other is not None:
                raise InputValueError(
                    f'{self.source}: expected a text for category {index} '
                    f'({class_names[index]!r}) of {ann_file} in entry {index}, found '
                    f'{entry[0]!r}, which is category {other}; put the texts in the order of '
                    'the categories.'
                )

    def _check_duplicates(self) -> None:
        """Refuse equal main names, unless further synonyms tell the entries apart."""
        first: dict[str, int] = {}
        shared = []
        for index, entry in enumerate(self.texts):
            earlier = first.setdefault(entry[0], index)
            if earlier == index:
                continue
            if set(entry) == set(self.texts[earlier]):
                raise InputValueError(
                    f'{self.source}: expected different class texts, found {entry[0]!r} in '
                    f'entry {earlier} and again in entry {index}.'
                )
            shared.append(f'{entry[0]!r} (entries {earlier} and {index})')
        if shared:
            print_log(
                f'{self.source}: {len(shared)} main names are shared by two classes, the first '
                f'is {shared[0]}; a model that reads only the main name cannot tell them apart.',
                logger='current',
                level=logging.WARNING,
            )


def _read_json(path: str | Path) -> Any:
    try:
        text = Path(path).read_text(encoding='utf-8')
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputFileNotFoundError(f'{path}: no such file.') from error
    except IsADirectoryError as error:
        raise InputValueError(f'{path}: expected a JSON file, found a folder.') from error
    except PermissionError as error:
        raise InputPermissionError(f'{path}: cannot be read ({error.strerror}).') from error
    except UnicodeDecodeError as error:
        raise InputValueError(
            f'{path}: expected a JSON file in UTF-8, found other bytes at position {error.start}.'
        ) from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputValueError(
            f'{path}: expected JSON, found a mistake at line {error.lineno}, column '
            f'{error.colno} ({error.msg}) of {len(text)} characters; is the file cut short?'
        ) from error


def _strings(values: list, where: str) -> tuple[str, ...]:
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise InputValueError(
                f'{where}: expected a string at index {index}, found {_describe(value)}.'
            )
    return tuple(values)


def _category_texts(path: str | Path, index: int, category: Any) -> tuple[str, ...]:
    name = category.get('name') if isinstance(category, dict) else None
    if not isinstance(name, str):
        found = _describe(category if not isinstance(category, dict) else name)
        raise InputValueError(f'{path}: expected a name in category {index}, found {found}.')
    synonyms = category.get('synonyms')
    if not synonyms:
        return (name,)
    if not isinstance(synonyms, list):
        raise InputValueError(
            f'{path}: expected a list of synonyms in category {index} ({name!r}), found '
            f'{_describe(synonyms)}.'
        )
    texts = _strings([name, *synonyms], f'{path}: synonyms of category {index} ({name!r})')
    return tuple(dict.fromkeys(text.replace('_', ' ') for text in texts))


def _voc_names(folder: Path) -> list[str]:
    files = sorted(folder.glob('*.xml')) or sorted((folder / 'Annotations').glob('*.xml'))
    if not files:
        raise InputFileNotFoundError(f'{folder}: expected Pascal VOC files (*.xml), found none.')
    names = set()
    for file in files:
        try:
            root = ElementTree.parse(file).getroot()
        except ElementTree.ParseError as error:
            raise InputValueError(f'{file}: expected XML, found a mistake: {error}.') from error
        names.update((element.text or '').strip() for element in root.iterfind('object/name'))
    return sorted(names)


def _comparable(name: str) -> str:
    """Lower case, spaces for underscores, no part in brackets."""
    return ' '.join(re.sub(r'\(.*?\)', ' ', name.lower().replace('_', ' ')).split())


def _usual_source(path: str | Path) -> str:
    """The annotation file that a published class-text file comes from, for a hint."""
    base = Path(path).name == 'lvis_v1_base_class_texts.json'
    return 'data/coco/lvis/lvis_v1_train_base.json' if base else 'ANNOTATIONS.json'


def _ways_to_say(name: str) -> set[str]:
    """The name, and its parts where it joins two ('cabinet/shelf')."""
    return {_comparable(name), *map(_comparable, name.split('/'))}


def _describe(value: Any) -> str:
    """What was found, short: type, and value or keys where they help."""
    if value is None:
        return 'nothing'
    if isinstance(value, dict):
        return f'a dict with keys {", ".join(map(repr, list(value)[:4])) or "none"}'
    if isinstance(value, list):
        return f'a list of {len(value)}'
    return f'{type(value).__name__} {value!r:.40}'
