"""Read pictures with masks of their main subject: DUTS, MSRA-B, DUT-OMRON and the like.

::

    images/<stem>.jpg
    masks/<stem>.png         grey values; above the threshold is the subject
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.mask_file import read_mask
from vl_runtime.converters.mask_objects import MaskObjects
from vl_runtime.errors import InputFileNotFoundError, InputValueError, UserInputError
from vl_runtime.image_files import IMAGE_SUFFIXES, image_size
from vl_runtime.mask_rle import masks_to_rle

CATEGORY = 'main subject'


@dataclass(frozen=True)
class SaliencyLayout:
    """Where pictures and masks are, below the folder of the data set.

    Attributes:
        image_dir, mask_dir: folders.
        image_suffix, mask_suffix: what is behind the common stem, such as ``.jpg`` or
            ``_mask.png``; '' is any suffix of a picture.
        objects: how a mask becomes objects.
    """

    image_dir: str = 'images'
    mask_dir: str = 'masks'
    image_suffix: str = ''
    mask_suffix: str = ''
    objects: MaskObjects = field(default_factory=MaskObjects)


def read_saliency(
    root: str | Path,
    layout: SaliencyLayout,
    report: ConversionReport,
    *,
    max_samples: int | None = None,
    seed: int = 42,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> list[LabelledImage]:
    """Pictures with the objects of their masks, as category ``main subject``.

    A mask without an object gives a picture without one. Pictures without a mask and masks
    without a picture are left out and counted.

    Args:
        report: receives what is left out, and the broken pairs.
        max_samples: read only so many pairs, chosen by ``seed``.
        progress: wraps the list of pictures (a progress bar).

    Returns:
        Images, named relative to the folder of pictures, in the order of their names.

    Raises:
        InputFileNotFoundError: a folder is not there.
        InputValueError: no picture has a mask.
    """
    pairs = _pairs(Path(root), layout, report)
    if max_samples is not None and max_samples < 1:
        raise InputValueError(f'max_samples: expected at least 1, found {max_samples}.')
    if max_samples is not None and max_samples < len(pairs):
        chosen = random.Random(seed).sample(sorted(pairs), max_samples)
        pairs = {picture: pairs[picture] for picture in sorted(chosen)}
    images = []
    for picture in progress(list(pairs)):
        try:
            images.append(_read_pair(picture, pairs[picture], layout.objects, report))
        except UserInputError as error:
            report.broken.append(str(error))
    return images


def _pairs(root: Path, layout: SaliencyLayout, report: ConversionReport) -> dict[Path, Path]:
    """Picture -> its mask, in the order of the pictures."""
    pictures = _by_stem(root / layout.image_dir, layout.image_suffix, '--image-dir', report)
    masks = _by_stem(root / layout.mask_dir, layout.mask_suffix, '--mask-dir', report)
    for stem in sorted(pictures.keys() - masks.keys()):
        report.note('pictures without a mask left out', str(pictures[stem]))
    for stem in sorted(masks.keys() - pictures.keys()):
        report.note('masks without a picture left out', str(masks[stem]))
    pairs = {pictures[stem]: masks[stem] for stem in sorted(pictures.keys() & masks.keys())}
    if not pairs:
        examples = [min(files) for files in (pictures, masks)]
        raise InputValueError(
            f'{root}: none of {len(pictures)} pictures in {layout.image_dir} has a mask of its '
            f'name in {layout.mask_dir} ({len(masks)} masks); first stems: {examples[0]!r} and '
            f'{examples[1]!r}. Say what follows the stem with --image-suffix and --mask-suffix.'
        )
    return pairs


def _by_stem(folder: Path, suffix: str, option: str, report: ConversionReport) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputFileNotFoundError(f'{folder}: there is no such folder; name it with {option}.')
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        is_image = path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('.')
        if not is_image or not path.name.endswith(suffix):
            continue
        stem = path.name.removesuffix(suffix) if suffix else path.stem
        if found.setdefault(stem, path) != path:
            report.note('files with the stem of another one left out', str(path))
    if not found:
        ending = f' that end in {suffix!r}' if suffix else ''
        raise InputValueError(f'{folder}: expected pictures{ending}, found none.')
    return found


def _read_pair(
    picture: Path, mask_file: Path, objects: MaskObjects, report: ConversionReport
) -> LabelledImage:
    size_wh = image_size(picture)
    grey = read_mask(mask_file)
    if (grey.shape[1], grey.shape[0]) != size_wh:
        raise BrokenInput(
            f'{mask_file}: expected the {size_wh[0]} x {size_wh[1]} pixels of {picture.name}, '
            f'found {grey.shape[1]} x {grey.shape[0]}.'
        )
    boxes = []
    for box, mask in objects.find(grey):
        rle = masks_to_rle(mask[None])[0]
        boxes.append(LabelledBox(CATEGORY, tuple(map(float, box)), mask_rle=rle))
    if not boxes and grey.max() <= objects.threshold and grey.any():
        hint = ' (0 and 1? then --threshold 0)' if grey.max() == 1 else ''
        report.note(
            f'masks with no value above {objects.threshold} (pictures with no object){hint}',
            f'{mask_file}, largest value {grey.max()}',
        )
    elif not boxes:
        report.note('empty masks (pictures with no object)', str(mask_file))
    return LabelledImage(picture.name, *size_wh, tuple(boxes))
