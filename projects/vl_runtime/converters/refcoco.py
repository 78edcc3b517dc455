"""RefCOCO, RefCOCO+, RefCOCOg -> grounding JSON: one entry for each phrase, with its box.

::

    refs(unc).p              a list of {ref_id, ann_id, image_id, split, sentences: [{sent}]}
    instances.json           COCO: the images and boxes that the references mean

Source: RefCOCO and RefCOCO+, arXiv:1608.00272; RefCOCOg, arXiv:1511.02283.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vl_runtime.compat.plain_pickle import read_plain_pickle
from vl_runtime.converters.box_checks import usable_box
from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.coco_json import write_coco
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.write_conversion import data_root_of
from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

_KEYS = ('ref_id', 'ann_id', 'image_id', 'split', 'sentences')
_Parts = dict[str, dict[str, list]]


def convert_refcoco(
    refs: str | Path,
    instances: str | Path,
    out: str | Path,
    *,
    image_folder: str | Path | None = None,
    splits: Sequence[str] | None = None,
    skip_broken: bool = False,
) -> list[str]:
    """References and COCO instances -> ``annotations/instances_<split>.json`` with captions.

    Every phrase is an image entry of its own, whose ``caption`` it is; the ``tokens_positive``
    of its one annotation span all of it. ``YOLOv5MixedGroundingDataset`` reads this form.
    ``segmentation`` is kept, and ``ref_id``, ``sent_id`` and ``original_id`` (of the image)
    tell where an entry comes from.

    The splits are those of the file and keep their names: a score on a part that was trained
    on means nothing, and two papers' ``val`` must be the same pictures.

    Args:
        refs: a pickle (only plain data is read from it) or the same list as JSON.
        instances: COCO JSON.
        out: data root; file names are relative to it.
        image_folder: what the file names of ``instances`` are relative to; ``out`` if None.
        splits: which to write; all by default.
        skip_broken: leave references out that mean no box, and count them.

    Raises:
        UserInputError: a file, a reference or a split is wrong. Nothing is written then.
    """
    references = _read_references(Path(refs))
    content = read_json(instances)
    check_coco(content, instances)
    known = list(dict.fromkeys(reference['split'] for reference in references))
    chosen = known if splits is None else _chosen(splits, known, refs)
    report = ConversionReport()
    root = data_root_of(out, out, out if image_folder is None else image_folder)
    parts = _parts(references, content, (str(refs), str(instances), root[1]), report)
    report.refuse_broken(skip_broken)
    _note_missing(parts, root[0], report)
    paths = write_coco(root[0] / 'annotations', {split: parts[split] for split in chosen})
    lines = [_split_line(split, parts[split]) for split in chosen]
    if 'train' not in known:
        lines.append(
            f'{refs}: has no split train, only {", ".join(known)}. What is measured on must not be '
            'trained on: take the training split from the original data set.'
        )
    return [*lines, *report.lines(), f'written: {", ".join(map(str, paths.values()))}']


def _read_references(path: Path) -> list[dict[str, Any]]:
    content = read_json(path) if path.suffix == '.json' else read_plain_pickle(path)
    if not isinstance(content, list) or not content:
        raise InputValueError(
            f'{path}: expected a list of references, found {type(content).__name__}'
            f'{" without entries" if isinstance(content, list) else ""}.'
        )
    for index, reference in enumerate(content):
        absent = [k for k in _KEYS if not isinstance(reference, dict) or k not in reference]
        if absent:
            raise InputValueError(f'{path}: reference {index}: expected {absent[0]!r}, found none.')
        if not isinstance(reference['split'], str) or not reference['split'].isalnum():
            raise InputValueError(
                f'{path}: reference {index}: expected the name of a split, '
                f'found {reference["split"]!r}.'
            )
    return content


def _chosen(splits: Sequence[str], known: Sequence[str], refs: str | Path) -> list[str]:
    for split in splits:
        if split not in known:
            raise InputKeyError(
                f'{refs}: no split {split!r}; it has {", ".join(known)}, which keep their names.'
                f'{did_you_mean(split, known)}'
            )
    return list(dict.fromkeys(splits))


def _parts(
    references: Sequence[Mapping[str, Any]],
    content: Mapping[str, Any],
    source: tuple[str, str, str],
    report: ConversionReport,
) -> _Parts:
    """Entries of each split; ``source`` is (refs, instances, what file names begin with)."""
    images = {image['id']: image for image in content['images']}
    annotations = {annotation['id']: annotation for annotation in content['annotations']}
    parts: _Parts = defaultdict(lambda: {'images': [], 'annotations': []})
    number = 0
    for index, reference in enumerate(references):
        part = parts[reference['split']]
        where = f'{source[0]}: reference {index} (ref_id {reference["ref_id"]})'
        try:
            image, annotation, geometry = _meant(
                reference, images, annotations, (where, source[1]), report
            )
            phrases = list(_phrases(reference, where, report))
        except BrokenInput as error:
            report.broken.append(str(error))
            continue
        for sent_id, phrase in phrases:
            number += 1
            part['images'].append(_image_entry(image, number, phrase, source[2]))
            part['annotations'].append(
                {'id': number, 'image_id': number, **geometry}
                | {'iscrowd': 0, 'tokens_positive': [[0, len(phrase)]]}
                | {'ref_id': reference['ref_id'], 'sent_id': sent_id}
                | {k: annotation[k] for k in ('segmentation',) if annotation.get(k)}
            )
    return parts


def _image_entry(image: Mapping[str, Any], number: int, phrase: str, prefix: str) -> dict:
    return {
        'id': number,
        'file_name': f'{prefix}{image["file_name"]}',
        'width': image['width'],
        'height': image['height'],
        'caption': phrase,
        'original_id': image['id'],
    }


def _meant(
    reference: Mapping[str, Any],
    images: Mapping[Any, dict],
    annotations: Mapping[Any, dict],
    names: tuple[str, str],
    report: ConversionReport,
) -> tuple[dict, dict, dict]:
    """(image, annotation, bbox and area) of a reference; ``names``: its own, the instances."""
    where, instances = names
    annotation = annotations.get(reference['ann_id'])
    image = images.get(reference['image_id'])
    if annotation is None or image is None:
        key, value = ('ann_id', reference['ann_id'])
        if annotation is not None:
            key, value = ('image_id', reference['image_id'])
        raise BrokenInput(f'{where}: {key} {value!r} is not in {instances}.')
    if annotation['image_id'] != reference['image_id']:
        raise BrokenInput(
            f'{where}: expected a box of image {reference["image_id"]!r}, found annotation '
            f'{annotation["id"]} of image {annotation["image_id"]!r} in {instances}.'
        )
    x, y, width, height = annotation['bbox']
    size_wh = (image['width'], image['height'])
    box = usable_box((x, y, x + width, y + height), size_wh, where, report)
    if box is None:
        raise BrokenInput(f'{where}: expected a box with an area, found {annotation["bbox"]}.')
    bbox = [round(value, 4) for value in (box[0], box[1], box[2] - box[0], box[3] - box[1])]
    return image, annotation, {'bbox': bbox, 'area': annotation.get('area', bbox[2] * bbox[3])}


def _phrases(
    reference: Mapping[str, Any], where: str, report: ConversionReport
) -> Iterator[tuple[Any, str]]:
    """(sent_id, phrase) of each sentence."""
    sentences = reference['sentences']
    if not isinstance(sentences, list) or not all(isinstance(s, dict) for s in sentences):
        raise BrokenInput(f'{where}: expected a list of sentences, found {sentences!s:.60}.')
    for index, sentence in enumerate(sentences):
        phrase = sentence.get('sent')
        if not isinstance(phrase, str):
            raise BrokenInput(f'{where}: sentence {index}: expected a text, found {phrase!r}.')
        if phrase.strip():
            yield sentence.get('sent_id'), phrase.strip()
        else:
            report.note('empty phrases left out', f'{where}: sentence {index}')


def _note_missing(parts: _Parts, root: Path, report: ConversionReport) -> None:
    names = {image['file_name'] for part in parts.values() for image in part['images']}
    for name in sorted(names):
        if not (root / name).is_file():
            report.note('images that are not there (yet?)', str(root / name))


def _split_line(split: str, part: Mapping[str, list]) -> str:
    pictures = len({image['original_id'] for image in part['images']})
    objects = Counter(annotation['ref_id'] for annotation in part['annotations'])
    return (
        f'{split}: {len(part["images"])} phrases for {len(objects)} objects in {pictures} pictures'
    )
