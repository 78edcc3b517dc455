"""Read a data set in the YOLO layout.

::

    images/<name>.jpg        or images/<split>/<name>.jpg
    labels/<name>.txt        lines: class index, centre x, centre y, width, height; 0..1
    classes.txt              names, one on a line (here or in labels/)

An image without a label file shows none of the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from vl_runtime.converters.box_checks import usable_box
from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.class_names import class_names_from
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.errors import InputFileNotFoundError, UserInputError
from vl_runtime.image_files import image_size, list_images

_FIELDS = 'class x y width height'
_LIMIT = 2.0  # a relative value can leave 0..1 a little at the border; a pixel value is far off


def read_yolo(
    root: str | Path,
    report: ConversionReport,
    *,
    classes: Sequence[str] | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> tuple[list[LabelledImage], list[str]]:
    """All images of a YOLO folder with their boxes, and the class names.

    Args:
        root: the folder that holds ``images`` and ``labels``.
        report: receives what is left out or clipped, and the broken files.
        classes: names in the order of the indices; else ``classes.txt``.
        progress: wraps the list of images (a progress bar).

    Returns:
        Images in the order of their names; class names.

    Raises:
        InputFileNotFoundError: a folder of the layout, or the class names, are missing.
        InputValueError: no image.
    """
    root = Path(root)
    pictures, labels = root / 'images', root / 'labels'
    for folder in (pictures, labels):
        if not folder.is_dir():
            raise InputFileNotFoundError(
                f'{folder}: there is no such folder; give the folder that holds images and labels.'
            )
    known = class_names_from(classes, [root / 'classes.txt', labels / 'classes.txt'])
    if known is None:
        raise InputFileNotFoundError(
            f'{root / "classes.txt"}: there is no such file; it holds one class name on a line. '
            'Or name the classes with --classes.'
        )
    images, used = [], {PurePosixPath('classes.txt')}
    for path in progress(list_images(pictures, recursive=True)):
        name = PurePosixPath(path.relative_to(pictures).as_posix())
        if name.with_suffix('.txt') in used:
            report.broken.append(f'{path}: another image has the label file of this one.')
            continue
        used.add(name.with_suffix('.txt'))
        try:
            images.append(_read_image(path, str(name), labels, known[0], report))
        except UserInputError as error:
            report.broken.append(str(error))
    _find_orphans(labels, used, pictures, report)
    return sorted(images, key=lambda image: image.file_name), known[0]


def _find_orphans(labels: Path, used: set, pictures: Path, report: ConversionReport) -> None:
    for path in sorted(labels.rglob('*.txt')):
        if PurePosixPath(path.relative_to(labels).as_posix()) not in used:
            report.broken.append(
                f'{path}: expected an image of this name in {pictures}, found none.'
            )


def _read_image(path, name, labels, class_names, report) -> LabelledImage:
    size_wh = image_size(path)
    label_file = labels / Path(name).with_suffix('.txt')
    if not label_file.is_file():
        report.note('images without a label file (they show no class)', str(path))
        return LabelledImage(name, *size_wh, ())
    try:
        lines = label_file.read_text(encoding='utf-8-sig').splitlines()
    except UnicodeDecodeError as error:
        raise BrokenInput(f'{label_file}: expected text ({error}).') from error
    boxes = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f'{label_file}:{number}'
        class_index, box = _parse_line(line.split(), size_wh, where, len(class_names))
        box = usable_box(box, size_wh, f'{where} ({class_names[class_index]})', report)
        if box is not None:
            boxes.append(LabelledBox(class_names[class_index], box))
    return LabelledImage(name, *size_wh, tuple(boxes))


def _parse_line(fields, size_wh, where, num_classes) -> tuple[int, tuple]:
    """(class index, box_xyxy in pixels) of one line."""
    if len(fields) != 5:
        hint = ' (a polygon? only boxes are converted)' if len(fields) > 6 else ''
        raise BrokenInput(
            f'{where}: expected 5 numbers ({_FIELDS}), found {len(fields)} fields{hint}.'
        )
    try:
        class_value, *values = map(float, fields)
    except ValueError as error:
        raise BrokenInput(
            f'{where}: expected 5 numbers ({_FIELDS}), found {" ".join(fields)!r}.'
        ) from error
    if class_value not in range(num_classes):
        raise BrokenInput(
            f'{where}: expected a class index from 0 to {num_classes - 1}, found {fields[0]}.'
        )
    if not all(abs(value) <= _LIMIT for value in values):
        raise BrokenInput(
            f'{where}: expected x y width height relative to the image (0..1), '
            f'found {" ".join(fields[1:])}.'
        )
    x, y, width, height = values
    image_width, image_height = size_wh
    box = (
        (x - width / 2) * image_width,
        (y - height / 2) * image_height,
        (x + width / 2) * image_width,
        (y + height / 2) * image_height,
    )
    return int(class_value), box


def splits_of_folders(images: Sequence[LabelledImage]) -> dict[str, list[str]]:
    """File names by first sub-folder (``train/a.jpg``); empty unless every image is in one."""
    splits: dict[str, list[str]] = {}
    for image in images:
        parts = PurePosixPath(image.file_name).parts
        splits.setdefault(parts[0] if len(parts) > 1 else '', []).append(image.file_name)
    return {} if '' in splits else splits
