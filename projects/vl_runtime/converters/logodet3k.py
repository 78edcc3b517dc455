"""Read LogoDet-3K: a folder for each industry, in it one for each brand.

::

    Food/Coca-Cola/1.jpg, 1.xml        <object><name/><bndbox>...: Pascal VOC, one file an image

The folders decide: industry and brand of an image are their names, whatever ``<name>`` says.
What is broken is left out and counted: one bad file is no reason to refuse 158,652 images.

Source: LogoDet-3K, arXiv:2008.05359.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.voc_file import checked_image_size, parse_voc_file, voc_boxes
from vl_runtime.errors import InputFileNotFoundError, InputValueError, UserInputError
from vl_runtime.image_files import IMAGE_SUFFIXES

_LAYOUT = 'INDUSTRY/BRAND/1.xml beside 1.jpg'
_BrandFolder = tuple[str, str]  # (industry, brand), as the folders are called


def read_logodet3k(
    root: str | Path,
    report: ConversionReport,
    *,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> tuple[list[LabelledImage], dict[str, str]]:
    """All usable images with their boxes, and the industry of each brand that has a box.

    A brand name that stands under several industries becomes ``NAME (INDUSTRY)``, since
    categories need names of their own. Names are kept as they are, but for blanks around
    them and the Unicode form (NFC: one spelling of é on every system).

    Args:
        report: receives the broken files, what was changed and what was left out.
        progress: wraps the list of XML files (a progress bar).

    Returns:
        Images, named relative to ``root``, in the order of their names; brand -> industry in
        the order of the brands.

    Raises:
        InputFileNotFoundError: there is no such folder.
        InputValueError: it has another layout.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputFileNotFoundError(f'{root}: there is no such folder; it holds {_LAYOUT}.')
    files = [path for folder in _sub_folders(root) for path in _xml_files(folder)]
    if not files:
        raise InputValueError(f'{root}: expected {_LAYOUT}, found none.{_where_instead(root)}')
    brands = _brand_names({_brand_folder(path) for path in files}, report)
    images = []
    for path in progress(files):
        try:
            images.append(_read_file(path, root, brands, report))
        except UserInputError as error:
            report.broken.append(str(error))
    _note_others(root, {path.with_suffix('') for path in files}, report)
    shown = {box.name for image in images for box in image.boxes}
    industry_of = {name: _clean(folder[0]) for folder, name in brands.items() if name in shown}
    images.sort(key=lambda image: image.file_name)
    return images, dict(sorted(industry_of.items()))


def _sub_folders(folder: Path) -> list[Path]:
    """Folders in it, but for hidden ones and those that archive programs leave."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(('.', '__MACOSX'))
    )


def _xml_files(industry: Path) -> Iterator[Path]:
    for brand in _sub_folders(industry):
        yield from sorted(path for path in brand.glob('*.xml') if not path.name.startswith('.'))


def _where_instead(root: Path) -> str:
    for pattern, hint in (
        ('*.xml', ' Its files are those of one brand; give the folder two above.'),
        ('*/*.xml', ' Its sub-folders look like brands; give the folder above.'),
    ):
        if next(root.glob(pattern), None) is not None:
            return hint
    deeper = next(root.glob('*/*/*/*.xml'), None)
    return '' if deeper is None else f' Did you mean {deeper.parents[2]}?'


def _brand_folder(path: Path) -> _BrandFolder:
    return path.parents[1].name, path.parents[0].name


def _clean(name: str) -> str:
    return unicodedata.normalize('NFC', name).strip()


def _brand_names(folders: set[_BrandFolder], report: ConversionReport) -> dict[_BrandFolder, str]:
    """The category name of each brand folder.

    Raises:
        InputValueError: two brands would get one name.
    """
    industries = defaultdict(set)
    for industry, brand in folders:
        industries[_clean(brand)].add(_clean(industry))
    names: dict[_BrandFolder, str] = {}
    meaning: dict[str, _BrandFolder] = {}
    for industry, brand in sorted(folders):
        clean = _clean(industry), _clean(brand)
        name = clean[1] if len(industries[clean[1]]) == 1 else f'{clean[1]} ({clean[0]})'
        if meaning.setdefault(name, clean) != clean:
            raise InputValueError(
                f'{"/".join(clean)} and {"/".join(meaning[name])} would both be called {name!r}; '
                'rename one of the folders.'
            )
        names[industry, brand] = name
    for brand, several in sorted(industries.items()):
        if len(several) > 1:
            report.note(
                'brands of several industries, named BRAND (INDUSTRY)',
                f'{brand} in {", ".join(sorted(several))}',
            )
    return names


def _read_file(
    path: Path, root: Path, brands: dict[_BrandFolder, str], report: ConversionReport
) -> LabelledImage:
    tree = parse_voc_file(path)
    picture = _picture_of(path)
    size_wh = checked_image_size(path, tree, picture, report)
    folder = _brand_folder(path)
    boxes: list[LabelledBox] = []
    for box in voc_boxes(path, tree, size_wh, report):
        if _clean(box.name) != _clean(folder[1]):
            report.note(
                'objects called other than their folder (the folder counts)',
                f'{path}: {box.name!r}',
            )
        boxes.append(dataclasses.replace(box, name=brands[folder]))
    if not boxes:  # it does show a logo, so it is no example of a picture without one
        raise BrokenInput(f'{path}: expected at least one usable object, found none.')
    return LabelledImage(picture.relative_to(root).as_posix(), *size_wh, tuple(boxes))


def _picture_of(path: Path) -> Path:
    for suffix in ('.jpg', *IMAGE_SUFFIXES, '.JPG', '.JPEG', '.PNG'):
        if path.with_suffix(suffix).is_file():
            return path.with_suffix(suffix)
    raise BrokenInput(f'{path}: expected its image {path.stem}.jpg beside it, found none.')


def _note_others(root: Path, known: set[Path], report: ConversionReport) -> None:
    """Images without an XML file, and files that are not where the layout has them."""
    for path in sorted(root.rglob('*')):
        way = path.relative_to(root)
        if any(part.startswith(('.', '__MACOSX')) for part in way.parts):
            continue
        is_image = path.suffix.lower() in IMAGE_SUFFIXES
        if len(way.parts) != 3 and (is_image or path.suffix == '.xml'):
            report.note('files outside INDUSTRY/BRAND left out', str(path))
        elif is_image and path.with_suffix('') not in known:
            report.note('images without an XML file left out', str(path))
