"""Convert a Pascal VOC data set (Annotations/*.xml, JPEGImages) to COCO JSON.

python tools/prepare_data/voc_to_coco.py data/cells --out data/mine
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Pascal VOC -> COCO JSON: one instances_<split>.json for each split.',
        epilog='Images stay where they are. Exit status 1 when a file is broken and '
        '--skip-broken is not given; nothing is written then.',
    )
    parser.add_argument('root', help='folder with Annotations/ and JPEGImages/ (or images/)')
    parser.add_argument(
        '--out',
        metavar='DATA_ROOT',
        help='annotations/instances_<split>.json goes there; file names are relative to it '
        '(default: ROOT)',
    )
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        help='class names in the wanted order, or a .txt file with one on a line (default: '
        'classes.txt of the folder, else the names that occur, sorted)',
    )
    parser.add_argument(
        '--split',
        metavar='NAME=SHARE,...',
        help='divide by seed, for example train=0.8,val=0.2 (default: ImageSets/Main/*.txt if '
        'there, else one file)',
    )
    parser.add_argument('--seed', type=int, default=42, help='of --split (default: 42)')
    parser.add_argument(
        '--difficult',
        choices=('keep', 'ignore', 'drop'),
        default='keep',
        help='difficult objects: as any other, as crowd (neither trained on nor counted), or '
        'left out (default: keep)',
    )
    parser.add_argument(
        '--one-based',
        action='store_true',
        help='coordinates are pixel numbers from 1, both ends included, as in the original VOC '
        '(default: they are edges and kept as they are)',
    )
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken images out and count them'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from tqdm import tqdm

    from vl_runtime.converters import convert_voc
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        lines = convert_voc(
            args.root,
            args.out,
            classes=args.classes,
            split=args.split,
            seed=args.seed,
            difficult=args.difficult,
            one_based=args.one_based,
            skip_broken=args.skip_broken,
            progress=lambda files: tqdm(files, desc='reading', unit='file'),
        )
        print('\n'.join(lines))


if __name__ == '__main__':
    main()
