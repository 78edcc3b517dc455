"""Read a data set in the Pascal VOC layout.

::

    Annotations/<name>.xml            <object><name/><bndbox><xmin/>...</bndbox></object>
    JPEGImages/<name>.jpg             or images/
    ImageSets/Main/<split>.txt        names, used as splits when they are there
    classes.txt                       the order of the classes, when it is there

Coordinates are kept as they are: most tools that write VOC files today mean the
edges of the box in pixels. The original VOC data means pixel numbers that begin
at 1, both included; ``one_based`` turns these into edges (x1 and y1 less one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.class_names import class_names_from
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.voc_file import checked_image_size, parse_voc_file, voc_boxes
from vl_runtime.errors import InputFileNotFoundError, InputValueError, UserInputError
from vl_runtime.image_files import IMAGE_SUFFIXES


def read_voc(
    root: str | Path,
    report: ConversionReport,
    *,
    classes: Sequence[str] | None = None,
    one_based: bool = False,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> tuple[list[LabelledImage], list[str]]:
    """All images of a VOC folder with their boxes, and the class names.

    Args:
        root: the folder that holds ``Annotations``.
        report: receives what is left out, clipped or contradictory, and the broken files.
        classes: names in the wanted order; else ``classes.txt``, else the names that occur,
            sorted. With given names another one in an XML file is an error.
        one_based: coordinates are pixel numbers from 1, both ends included.
        progress: wraps the list of XML files (a progress bar).

    Returns:
        Images in the order of their names; class names.

    Raises:
        InputFileNotFoundError: a folder of the layout is missing.
        InputValueError: no XML file, or no class.
    """
    root = Path(root)
    annotations = _folder(root, ('Annotations',))
    pictures = voc_picture_folder(root)
    known = class_names_from(classes, [root / 'classes.txt'])
    files = sorted(annotations.glob('*.xml'))
    if not files:
        raise InputValueError(f'{annotations}: expected XML files, found none.')
    by_stem = _pictures_by_stem(pictures, report)
    images = []
    for path in progress(files):
        try:
            images.append(_read_image(path, pictures, by_stem, known, one_based, report))
        except UserInputError as error:
            report.broken.append(str(error))
    for stem in sorted(by_stem.keys() - {path.stem for path in files}):
        report.note('images without an XML file left out', str(pictures / by_stem[stem]))
    names = known[0] if known else sorted({box.name for image in images for box in image.boxes})
    if not names and not report.broken:
        raise InputValueError(f'{annotations}: expected objects, found none in {len(files)} files.')
    return images, names


def voc_picture_folder(root: str | Path) -> Path:
    """The folder with the images of a VOC data set."""
    return _folder(Path(root), ('JPEGImages', 'images'))


def _folder(root: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise InputFileNotFoundError(
        f'{root}: expected a sub-folder {" or ".join(names)}, found none; '
        'give the folder that holds Annotations and JPEGImages.'
    )


def _pictures_by_stem(folder: Path, report: ConversionReport) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.stem in found:
            report.note('images of a name that another one has', str(path))
        elif path.suffix.lower() in IMAGE_SUFFIXES:
            found[path.stem] = path.name
    return found


def _read_image(path, pictures, by_stem, known, one_based, report) -> LabelledImage:
    tree = parse_voc_file(path)
    file_name = by_stem.get(path.stem) or (tree.findtext('filename') or '').strip()
    if not file_name or not (pictures / file_name).is_file():
        raise BrokenInput(
            f'{path}: expected its image at {pictures / path.stem}.jpg (or another image '
            'suffix), found none.'
        )
    size_wh = checked_image_size(path, tree, pictures / file_name, report)
    boxes = voc_boxes(path, tree, size_wh, report, known=known, one_based=one_based)
    return LabelledImage(file_name, *size_wh, tuple(boxes))


def read_image_sets(root: str | Path) -> dict[str, list[str]]:
    """Stems of each split of ``ImageSets/Main``; empty when there is none.

    Files of two columns (VOC's lists for one class) are no splits.
    """
    splits = {}
    for path in sorted((Path(root) / 'ImageSets' / 'Main').glob('*.txt')):
        lines = [line.split() for line in path.read_text(encoding='utf-8-sig').splitlines()]
        if all(len(fields) < 2 for fields in lines):
            splits[path.stem] = [fields[0] for fields in lines if fields]
    return splits


def splits_of_image_sets(
    image_sets: dict[str, list[str]],
    images: Sequence[LabelledImage],
    root: str | Path,
    report: ConversionReport,
) -> dict[str, list[str]]:
    """File names of each split; unknown names count as broken, shared ones are noted."""
    by_stem = {Path(image.file_name).stem: image.file_name for image in images}
    main = Path(root) / 'ImageSets' / 'Main'
    splits: dict[str, list[str]] = {}
    for split, stems in image_sets.items():
        unknown = [stem for stem in stems if stem not in by_stem]
        for stem in unknown:
            # A broken XML file has its own line already.
            if not (Path(root) / 'Annotations' / f'{stem}.xml').is_file():
                report.broken.append(
                    f'{main / split}.txt: {stem!r} has no file Annotations/{stem}.xml.'
                )
        splits[split] = sorted({by_stem[stem] for stem in stems if stem in by_stem})
    _note_shared(splits, main, report)
    listed = {name for names in splits.values() for name in names}
    for name in sorted(set(by_stem.values()) - listed):
        report.note('images of no split left out', name)
    return splits


def _note_shared(splits: dict[str, list[str]], main: Path, report: ConversionReport) -> None:
    parts = [split for split in splits if split != 'trainval']  # it is train and val together
    for number, first in enumerate(parts):
        for second in parts[number + 1 :]:
            for name in sorted(set(splits[first]) & set(splits[second])):
                report.note(
                    f'images both in {first} and {second} (a score on them says little)',
                    f'{main}: {name}',
                )
