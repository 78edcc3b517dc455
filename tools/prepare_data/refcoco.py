"""Convert RefCOCO, RefCOCO+ or RefCOCOg to grounding JSON: a phrase and its box.

python tools/prepare_data/refcoco.py "refcoco/refs(unc).p" refcoco/instances.json \
    --out data/refcoco --image-folder data/coco/train2014
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='References + COCO instances -> instances_<split>.json with a caption for '
        'each phrase, as YOLOv5MixedGroundingDataset reads it.',
        epilog='Splits keep the names and pictures that the file gives them. The pickle is read as '
        'plain data: one that could run code is refused.',
    )
    parser.add_argument('refs', help='refs(...).p, or the same list as .json')
    parser.add_argument('instances', help='COCO JSON that comes with it')
    parser.add_argument('--out', required=True, metavar='DATA_ROOT', help='annotations/ goes there')
    parser.add_argument(
        '--image-folder', metavar='FOLDER', help='where the images are (default: DATA_ROOT)'
    )
    parser.add_argument('--splits', nargs='+', metavar='NAME', help='only these (default: all)')
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken references out and count them'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.converters import convert_refcoco

        print('\n'.join(convert_refcoco(**vars(args))))


if __name__ == '__main__':
    main()
