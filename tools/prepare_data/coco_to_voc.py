"""Write an annotation file as Pascal VOC, to mend it in LabelImg.

python tools/prepare_data/coco_to_voc.py data/mine/annotations/instances_train.json data/mine
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='COCO JSON -> Annotations/<picture>.xml; voc_to_coco.py is the way back.'
    )
    parser.add_argument('annotations', help='COCO JSON')
    parser.add_argument('out', help='folder that gets Annotations/')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, write, print the summary."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.converters import coco_to_voc

        print('\n'.join(coco_to_voc(args.annotations, args.out)))


if __name__ == '__main__':
    main()
