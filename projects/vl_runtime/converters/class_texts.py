"""Class-text files from the names that a data set comes with.

A class text file is a JSON list, entry i the synonyms of class i, its main name first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from vl_runtime import compat
from vl_runtime.atomic_files import write_text
from vl_runtime.compat.optional import require
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputValueError, did_you_mean
from vl_runtime.vocabulary import Vocabulary

# Names known without a file, and the class of mmdet that lists them.
KNOWN_SETS = {
    'coco': 'CocoDataset',
    'lvis_v1': 'LVISV1Dataset',
    'obj365v1': 'Objects365V1Dataset',
    'obj365v2': 'Objects365V2Dataset',
}
_BASE_FILE = 'lvis_v1_train_base.json'
_BASE_TEXTS = 'data/texts/lvis_v1_base_class_texts.json'  # what the published recipes read
# 'a/b c' means 'a' or 'b c' (shampoo/shower gel), except in these, whose names share a word.
_SHARED_WORD = {
    'trash bin/can': ('trash bin', 'trash can'),
    'cutting/chopping board': ('cutting board', 'chopping board'),
}


def write_class_texts(
    source: str,
    *,
    out: str | None = None,
    synonyms: bool = True,
    sort_by_id: bool = False,
    frequencies: Sequence[str] | None = None,
) -> list[str]:
    """Write the class texts of ``source``; lines that tell what was written.

    Args:
        source: one of ``KNOWN_SETS``, or a COCO- or LVIS-format annotation file.
        out: where to; ``data/texts/<set>_class_texts.json`` for a known set, and the file
            that the published recipes read for LVIS's base classes.
        synonyms: all names of a class; otherwise the main one only.
        sort_by_id: categories by id instead of in file order, for data sets that label so
            (Objects365 v1, V3Det).
        frequencies: keep only the categories of an LVIS file with these (``'c'``, ``'f'``).

    Raises:
        UserInputError: unknown source, no place to write to, or a mistake in the file.
    """
    if source in KNOWN_SETS:
        if sort_by_id or frequencies:
            raise InputValueError(f'{source}: order and frequencies are those of a file; give one.')
        entries = _known_texts(source)
    else:
        entries = _file_texts(source, sort_by_id, frequencies)
    path = Path(out or _default_out(source))
    entries = entries if synonyms else [entry[:1] for entry in entries]
    Vocabulary(tuple(map(tuple, entries)), str(path))  # its checks
    lines = ',\n '.join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    write_text(path, f'[{lines}]\n')
    several = sum(len(entry) > 1 for entry in entries)
    return [f'{path}: {len(entries)} classes, {several} with several names.']


def texts_of_name(name: str) -> list[str]:
    """What a category name tells: ``'bow_(weapon)'``: ``['bow (weapon)']``, ``'a/b'``: both."""
    shown = name.replace('_', ' ').strip()
    parts = _SHARED_WORD.get(shown.lower(), shown.split('/'))
    return list(dict.fromkeys(part.strip() for part in parts if part.strip())) or [shown]


def _known_texts(name: str) -> list[list[str]]:
    compat.install()
    datasets = require('mmdet.datasets', 'The list of class names', 'pip install mmdet')
    names = getattr(datasets, KNOWN_SETS[name]).METAINFO['classes']
    return _distinct([texts_of_name(entry) for entry in names])


def _file_texts(
    source: str, sort_by_id: bool, frequencies: Sequence[str] | None
) -> list[list[str]]:
    if not source.endswith('.json'):
        raise InputValueError(
            f'{source}: expected an annotation file (.json) or one of {", ".join(KNOWN_SETS)}.'
            f'{did_you_mean(source, KNOWN_SETS)}'
        )
    entries = Vocabulary.from_annotations(source).to_lists()
    categories = read_json(source)['categories']
    entries = [
        entry if category.get('synonyms') else texts_of_name(category['name'])
        for entry, category in zip(entries, categories, strict=True)
    ]
    order = list(range(len(categories)))
    if sort_by_id:
        order.sort(key=lambda index: categories[index]['id'])
    if frequencies:
        if not all('frequency' in category for category in categories):
            raise InputValueError(
                f"{source}: its categories have no 'frequency'; that is a field of LVIS files."
            )
        order = [i for i in order if categories[i]['frequency'] in frequencies]
        if not order:
            raise InputValueError(
                f'{source}: no category has frequency {" or ".join(frequencies)}.'
            )
    return _distinct([entries[index] for index in order])


def _distinct(entries: list[list[str]]) -> list[list[str]]:
    """A name that two classes share is the main name only of the class that has no other."""
    alone = {entry[0] for entry in entries if len(entry) == 1}
    return [
        sorted(entry, key=lambda text: text in alone) if len(entry) > 1 else entry
        for entry in entries
    ]


def _default_out(source: str) -> str:
    if source in KNOWN_SETS:
        return f'data/texts/{source}_class_texts.json'
    if Path(source).name == _BASE_FILE:
        return _BASE_TEXTS
    raise InputValueError(f'{source}: say where to write the class texts, with --out FILE.')
