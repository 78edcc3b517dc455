"""Take parts of an annotation file by number of images.

python tools/prepare_data/subset.py data/logos/annotations/instances_all.json \
    --train 10000 --test 1000
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Write instances_{train,val,test}.json with so many images of ANNOTATIONS. '
        'Which ones depends on their names and the seed alone.',
        epilog='Numbers are images. Samples follow from the number of tasks, and are told.',
    )
    parser.add_argument('annotations', help='COCO-style file (.json), or one with captions')
    parser.add_argument('--train', type=int, default=10000, metavar='N', help='default: 10000')
    parser.add_argument('--val', type=int, default=0, metavar='N', help='default: none')
    parser.add_argument('--test', type=int, default=1000, metavar='N', help='default: 1000')
    parser.add_argument('--seed', type=int, default=42, help='default: 42')
    parser.add_argument(
        '--stratify', action='store_true', help='every class keeps its share in every part'
    )
    parser.add_argument(
        '--out',
        metavar='DATA_ROOT',
        help='annotations/ goes there, file names become relative to it (default: the folder of '
        'ANNOTATIONS, names stay)',
    )
    parser.add_argument(
        '--image-folder',
        metavar='FOLDER',
        help='with --out: what file names are relative to (default: the folder above that of '
        'ANNOTATIONS)',
    )
    parser.add_argument(
        '--num-tasks',
        type=int,
        default=3,
        help='tasks for each image, to tell samples (default: 3)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace files of these names')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, choose, write, print the summary."""
    options = dict(vars(parse_args(argv)))
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.converters import write_subset

        sizes = {split: options.pop(split) for split in ('train', 'val', 'test')}
        sizes = {split: number for split, number in sizes.items() if number}
        print('\n'.join(write_subset(**options, sizes=sizes)))


if __name__ == '__main__':
    main()
