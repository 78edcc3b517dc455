"""Convert a Pascal VOC data set (Annotations/*.xml, JPEGImages) to COCO JSON.

python tools/prepare_data/voc_to_coco.py data/cells --out data/mine
"""

import _paths  # noqa: F401
from _conversion import conversion_parser, run_conversion


def parse_args(argv=None):
    """The command line."""
    parser = conversion_parser(
        'Pascal VOC',
        root='folder with Annotations/ and JPEGImages/ (or images/)',
        classes='class names in the wanted order, or a .txt file with one on a line (default: '
        'classes.txt of the folder, else the names that occur, sorted)',
        split='default: ImageSets/Main/*.txt if there, else one file',
    )
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
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from vl_runtime.converters import convert_voc

    run_conversion(convert_voc, args, unit='file')


if __name__ == '__main__':
    main()
