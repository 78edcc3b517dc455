"""Convert a YOLO data set (images/, labels/*.txt, classes.txt) to COCO JSON.

python tools/prepare_data/yolo_to_coco.py data/fabric --out data/mine --split train=0.8,val=0.2
"""

import _paths  # noqa: F401
from _conversion import conversion_parser, run_conversion


def parse_args(argv=None):
    """The command line."""
    parser = conversion_parser(
        'YOLO labels',
        root='folder with images/ and labels/',
        classes='class names in the order of the indices, or a .txt file with one on a line '
        '(default: classes.txt of the folder)',
        split='default: the sub-folders of images/ if every image is in one, else one file',
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from vl_runtime.converters import convert_yolo

    run_conversion(convert_yolo, args, unit='image')


if __name__ == '__main__':
    main()
