"""Convert a YOLO data set (images/, labels/*.txt, classes.txt) to COCO JSON.

python tools/prepare_data/yolo_to_coco.py data/fabric --out data/mine --split train=0.8,val=0.2
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='YOLO labels -> COCO JSON: one instances_<split>.json for each split.',
        epilog='Images stay where they are. Exit status 1 when a file is '
        'broken and --skip-broken is not given; nothing is written then.',
    )
    parser.add_argument('root', help='folder with images/ and labels/')
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
        help='class names in the order of the indices, or a .txt file with one on a line '
        '(default: classes.txt of the folder)',
    )
    parser.add_argument(
        '--split',
        metavar='NAME=SHARE,...',
        help='divide by seed, for example train=0.8,val=0.2 (default: the sub-folders of '
        'images/ if every image is in one, else one file)',
    )
    parser.add_argument('--seed', type=int, default=42, help='of --split (default: 42)')
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken images out and count them'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from tqdm import tqdm

    from vl_runtime.converters import convert_yolo
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        lines = convert_yolo(
            args.root,
            args.out,
            classes=args.classes,
            split=args.split,
            seed=args.seed,
            skip_broken=args.skip_broken,
            progress=lambda files: tqdm(files, desc='reading', unit='image'),
        )
        print('\n'.join(lines))


if __name__ == '__main__':
    main()
