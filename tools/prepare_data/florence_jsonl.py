"""Convert Florence-2 training files (JSON lines) to COCO JSON and back.

python tools/prepare_data/florence_jsonl.py to-coco train.jsonl val.jsonl --out data/mine
python tools/prepare_data/florence_jsonl.py from-coco data/mine/annotations/instances_train.json \
    data/mine/train.jsonl
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='{"prefix": "<OD>", "suffix": "drop<loc_732>...", "image": "a.jpg"} <-> COCO.'
    )
    commands = parser.add_subparsers(dest='command', required=True)
    add_to_coco(commands)
    add_from_coco(commands)
    return parser.parse_args(argv)


def add_to_coco(commands):
    """Arguments of to-coco."""
    parser = commands.add_parser(
        'to-coco',
        help='JSON lines -> annotations/instances_<file>.json',
        epilog='Exit status 1 when a line is broken and --skip-broken is not given; nothing is '
        'written then.',
    )
    parser.add_argument('files', nargs='+', help='one for each split, called as it: train.jsonl')
    parser.add_argument(
        '--out', metavar='DATA_ROOT', help='annotations/ goes there (default: folder of the file)'
    )
    parser.add_argument(
        '--images', metavar='FOLDER', help='of the pictures (default: folder of the file)'
    )
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        help='in the wanted order, or a .txt file (default: classes.txt beside the file, else the '
        'names that occur, sorted)',
    )
    parser.add_argument(
        '--rounding',
        choices=('floor', 'nearest'),
        default='floor',
        help="rule of the files: the model's own, or the nearest border (default: floor)",
    )
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken lines out and count them'
    )


def add_from_coco(commands):
    """Arguments of from-coco."""
    parser = commands.add_parser('from-coco', help='annotation file -> JSON lines')
    parser.add_argument('annotations', help='COCO JSON')
    parser.add_argument('out', help='.jsonl file; pictures are named relative to its folder')
    parser.add_argument(
        '--image-folder',
        metavar='FOLDER',
        help='what file names are relative to (default: the folder above that of ANNOTATIONS)',
    )
    parser.add_argument(
        '--order', choices=('raster', 'area'), default='raster', help='of objects (default: raster)'
    )


def main(argv=None):
    """Parse, convert, print the summary."""
    options = dict(vars(parse_args(argv)))
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        print('\n'.join(run(options.pop('command'), options)))


def run(command, options):
    """Convert; the lines that tell what was written."""
    from tqdm import tqdm

    from vlm_detector.converters import coco_to_florence, florence_to_coco

    if command == 'from-coco':
        return coco_to_florence(**options)
    return florence_to_coco(
        **options, progress=lambda rows: tqdm(rows, desc='reading', unit='line')
    )


if __name__ == '__main__':
    main()
