"""Masks of main subjects -> COCO JSON in splits, statistics, and a picture to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, median
from typing import Any

from vl_runtime.atomic_files import write_json
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.mask_grid import write_mask_grid
from vl_runtime.converters.saliency import CATEGORY, SaliencyLayout, read_saliency
from vl_runtime.converters.split import scaled_sizes, take_names
from vl_runtime.converters.write_conversion import data_root_of, write_conversion
from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import mask_area


def convert_saliency(
    data_dir: str | Path,
    out: str | Path | None = None,
    *,
    layout: SaliencyLayout,
    sizes: Mapping[str, int],
    seed: int = 42,
    max_samples: int | None = None,
    skip_broken: bool = False,
    visualize: bool = False,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> list[str]:
    """Pictures and masks -> ``annotations/instances_<split>.json`` with boxes and masks.

    ``annotations/split_stats.json`` gets the settings and the numbers of each split; with
    ``visualize``, ``annotations/samples.jpg`` shows pictures with boxes and masks.

    Args:
        data_dir: folder of the data set; also the data root unless ``out`` is given.
        sizes: split -> pictures. With too few pictures all are used in the same proportions.
        layout, max_samples: see ``read_saliency``.

    Returns:
        Lines that say what was written and what was left out.

    Raises:
        UserInputError: a folder, a number or, unless ``skip_broken``, a file is wrong.
            Nothing is written then.
    """
    sizes = {split: number for split, number in sizes.items() if number}
    if not sizes or min(sizes.values()) < 0:
        raise InputValueError(f'sizes: expected a split with pictures, found {dict(sizes)}.')
    report = ConversionReport()
    images = read_saliency(
        data_dir, layout, report, max_samples=max_samples, seed=seed, progress=progress
    )
    report.refuse_broken(skip_broken)
    if not images:
        raise InputValueError(f'{data_dir}: no picture is left; all of them are broken.')
    used = scaled_sizes(len(images), sizes)
    splits = take_names([image.file_name for image in images], used, seed)
    pictures = Path(data_dir) / layout.image_dir
    root = data_root_of(out, data_dir, pictures)
    lines = write_conversion(images, [CATEGORY], splits, report, root)
    stats = _statistics(images, splits, layout, {'wanted': sizes, 'used': used, 'seed': seed})
    stats['notes'] = {kind: number for kind, (number, _) in report.notes.items()}
    stats_file = root[0] / 'annotations' / 'split_stats.json'
    write_json(stats_file, stats, indent=1)
    if used != sizes:
        lines.insert(0, _scaled_line(len(images), sizes, used))
    lines.append(f'written: {stats_file}')
    if visualize:
        grid = stats_file.with_name('samples.jpg')
        write_mask_grid(
            grid, [i for i in images if i.file_name in splits[next(iter(splits))]], pictures
        )
        lines.append(f'written: {grid}')
    return lines


def _scaled_line(number: int, sizes: Mapping[str, int], used: Mapping[str, int]) -> str:
    wanted, taken = (
        ', '.join(f'{split} {size}' for split, size in part.items()) for part in (sizes, used)
    )
    return (
        f'TOO FEW PICTURES: {sum(sizes.values())} wanted ({wanted}), {number} there; all are '
        f'used in the same proportions: {taken}'
    )


def _statistics(
    images: Sequence[LabelledImage],
    splits: Mapping[str, Sequence[str]],
    layout: SaliencyLayout,
    choice: Mapping[str, Any],
) -> dict[str, Any]:
    by_name = {image.file_name: image for image in images}
    return {
        'pictures': len(images),
        **choice,
        'layout': asdict(layout),
        'splits': {
            split: _split_statistics([by_name[name] for name in names])
            for split, names in splits.items()
        },
    }


def _split_statistics(images: Sequence[LabelledImage]) -> dict[str, Any]:
    """Numbers of one split; shares are of the picture's area, 0..1."""
    box_shares, mask_shares = [], []
    for image in images:
        for box in image.boxes:
            x1, y1, x2, y2 = box.box_xyxy
            box_shares.append((x2 - x1) * (y2 - y1) / (image.width * image.height))
            mask_shares.append(mask_area(box.mask_rle) / (image.width * image.height))
    return {
        'pictures': len(images),
        'without_object': sum(not image.boxes for image in images),
        'objects': len(box_shares),
        'box_share': _summary(box_shares),
        'mask_share': _summary(mask_shares),
    }


def _summary(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    numbers = {
        'mean': fmean(values),
        'median': median(values),
        'min': min(values),
        'max': max(values),
    }
    return {name: round(value, 4) for name, value in numbers.items()}
