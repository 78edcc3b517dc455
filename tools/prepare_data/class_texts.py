"""Write class texts: one list of names for each class, in label order.

python tools/prepare_data/class_texts.py obj365v1
python tools/prepare_data/class_texts.py data/coco/lvis/lvis_v1_train_base.json
python tools/prepare_data/class_texts.py ANNOTATIONS.json --out data/texts/mine_class_texts.json
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(description='Class texts (JSON) from category names.')
    parser.add_argument(
        'source',
        help='coco, lvis_v1, obj365v1 or obj365v2 (names that mmdet lists, so LVIS without '
        'synonyms), or an annotation file in COCO or LVIS format',
    )
    parser.add_argument(
        '--out',
        metavar='FILE',
        help='default: data/texts/<source>_class_texts.json; for lvis_v1_train_base.json '
        'data/texts/lvis_v1_base_class_texts.json',
    )
    parser.add_argument(
        '--no-synonyms', dest='synonyms', action='store_false', help='only the main name'
    )
    parser.add_argument(
        '--sort-by-id',
        action='store_true',
        help='by category id, as Objects365 v1 and V3Det are labelled (default: file order)',
    )
    parser.add_argument(
        '--frequencies',
        nargs='+',
        choices=('r', 'c', 'f'),
        help='of an LVIS file: only rare, common, frequent (the base classes are c f)',
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, write, print what was written."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.converters import write_class_texts

        print('\n'.join(write_class_texts(**vars(args))))


if __name__ == '__main__':
    main()
