"""Parts of an annotation file by number of images, the same for the same seed everywhere."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vl_runtime.converters.coco_json import summary_lines, write_coco
from vl_runtime.converters.split import take_names
from vl_runtime.converters.stratified import take_stratified
from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError


def write_subset(
    annotations: str | Path,
    out: str | Path | None = None,
    *,
    sizes: Mapping[str, int],
    seed: int = 42,
    stratify: bool = False,
    image_folder: str | Path | None = None,
    num_tasks: int = 3,
    overwrite: bool = False,
) -> list[str]:
    """Write ``annotations/instances_<split>.json`` with as many images as ``sizes`` says.

    An image is a file: entries of one file (a grounding file has one for each caption) stay
    together. Which images are taken depends on their names and the seed alone, not on the
    order in the file. All categories stay, in their order, so that labels mean the same in
    every part; ids stay too.

    Args:
        annotations: a COCO-style file, or one with captions (grounding).
        out: data root of the new files; file names are changed to be relative to it. None:
            the folder of ``annotations``, and the names stay.
        sizes: split -> number of images.
        stratify: every class keeps its share, see ``take_stratified``.
        image_folder: what the file names are relative to, needed with ``out``; the folder
            above ``annotations`` by default.
        num_tasks: asked about each image in training, for the number of samples told.
        overwrite: replace files of these names.

    Returns:
        Lines that say what was written.

    Raises:
        UserInputError: the file is wrong, has too few images, or a file to write is there;
            with ``out``, an image is not where it should be. Nothing is written then.
    """
    source = Path(annotations)
    content = read_json(source)
    is_detection = isinstance(content, dict) and 'categories' in content
    check_coco(content, source, with_categories=is_detection)
    folder = source.parent if out is None else Path(out) / 'annotations'
    _refuse_existing(folder, sizes, source, overwrite)
    entries = _entries_by_name(content)
    try:
        if stratify:
            chosen = take_stratified(_classes_of(content, source), sizes, seed)
        else:
            chosen = take_names(entries, sizes, seed)
    except InputValueError as error:
        raise InputValueError(f'{source}: {error}') from error
    parts = {split: _part(content, entries, names) for split, names in chosen.items()}
    if out is not None:
        _move_names(parts, Path(image_folder or source.parent.parent), Path(out))
    paths = write_coco(folder, parts)
    return [
        *(summary_lines(parts) if is_detection else ()),
        *(_sample_line(split, part, num_tasks) for split, part in parts.items()),
        f'written: {", ".join(map(str, paths.values()))}',
    ]


def _refuse_existing(folder: Path, sizes: Mapping[str, int], source: Path, overwrite: bool) -> None:
    for split in sizes:
        path = folder / f'instances_{split}.json'
        if path.resolve() == source.resolve():
            raise InputValueError(
                f'{path}: this part would replace the file that it is taken from; '
                'give another folder with --out.'
            )
        if path.exists() and not overwrite:
            raise InputValueError(
                f'{path}: there is such a file already; give another folder with --out, or '
                'replace it with --overwrite.'
            )


def _entries_by_name(content: dict[str, Any]) -> dict[str, list[dict]]:
    entries = defaultdict(list)
    for image in content['images']:
        entries[image['file_name']].append(image)
    return entries


def _classes_of(content: dict[str, Any], source: Path) -> dict[str, set[str]]:
    if 'categories' not in content:
        raise InputValueError(f'{source}: has no categories, so nothing to stratify by.')
    names = {category['id']: category['name'] for category in content['categories']}
    file_of = {image['id']: image['file_name'] for image in content['images']}
    classes: dict[str, set[str]] = {name: set() for name in file_of.values()}
    for annotation in content['annotations']:
        classes[file_of[annotation['image_id']]].add(names[annotation['category_id']])
    return classes


def _part(content: dict[str, Any], entries: Mapping[str, list], names: list[str]) -> dict:
    """The same file with these images only, in the order of their names and ids."""
    images = [image for name in names for image in sorted(entries[name], key=_id_of)]
    of_image: dict[Any, list] = {image['id']: [] for image in images}
    for annotation in content['annotations']:
        if annotation['image_id'] in of_image:
            of_image[annotation['image_id']].append(annotation)
    kept = [item for items in of_image.values() for item in sorted(items, key=_id_of)]
    return {**content, 'images': images, 'annotations': kept}


def _id_of(entry: dict) -> tuple[str, Any]:
    return type(entry['id']).__name__, entry['id']


def _move_names(parts: Mapping[str, dict], image_folder: Path, out: Path) -> None:
    """Make file names relative to ``out``; the first image that is not there raises."""
    way = Path(os.path.relpath(image_folder.resolve(), out.resolve())).as_posix()
    for part in parts.values():
        moved = []
        for image in part['images']:
            if not (image_folder / image['file_name']).is_file():
                raise InputFileNotFoundError(
                    f'{image_folder / image["file_name"]}: there is no such image; name the '
                    'folder that file names are relative to with --image-folder.'
                )
            name = image['file_name'] if way == '.' else f'{way}/{image["file_name"]}'
            moved.append({**image, 'file_name': name})
        part['images'] = moved


def _sample_line(split: str, part: Mapping[str, list], num_tasks: int) -> str:
    number = len(part['images'])
    files = len({image['file_name'] for image in part['images']})
    captions = '' if files == number else f' with {number} captions'
    more = f', {number * num_tasks} with {num_tasks} tasks each' if num_tasks > 1 else ''
    return f'{split}: {files} images{captions} are {number} samples with one task each{more}'
