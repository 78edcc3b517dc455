"""What the converters to COCO JSON share: arguments, progress bar and summary."""

import argparse
from collections.abc import Callable


def conversion_parser(
    source: str, *, root: str, classes: str, split: str
) -> argparse.ArgumentParser:
    """The arguments of a converter whose data set is one format among many.

    Args:
        source: what is converted, first words of the description.
        root, classes, split: help of the argument; the last two tell their default.
    """
    parser = output_parser(
        source,
        split=split,
        epilog='Images stay where they are. Exit status 1 when a file is broken and '
        '--skip-broken is not given; nothing is written then.',
    )
    parser.add_argument('root', help=root)
    parser.add_argument('--classes', nargs='+', metavar='NAME', help=classes)
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken images out and count them'
    )
    return parser


def output_parser(source: str, *, split: str, epilog: str) -> argparse.ArgumentParser:
    """Where the files of every converter go, and how the images are divided."""
    parser = argparse.ArgumentParser(
        description=f'{source} -> COCO JSON: one instances_<split>.json for each split.',
        epilog=epilog,
    )
    parser.add_argument(
        '--out',
        metavar='DATA_ROOT',
        help='annotations/instances_<split>.json goes there; file names are relative to it '
        '(default: ROOT)',
    )
    parser.add_argument(
        '--split',
        metavar='NAME=SHARE,...',
        help=f'divide by seed, for example train=0.8,val=0.2 ({split})',
    )
    parser.add_argument('--seed', type=int, default=42, help='of --split (default: 42)')
    return parser


def run_conversion(
    convert: Callable[..., list[str]], arguments: argparse.Namespace, unit: str
) -> None:
    """Call ``convert`` with the arguments, which have its names, and print its summary."""
    from tqdm import tqdm

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        lines = convert(
            **vars(arguments), progress=lambda files: tqdm(files, desc='reading', unit=unit)
        )
        print('\n'.join(lines))
