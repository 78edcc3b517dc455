"""Count what is in a box file of composed retrieval, and what is wrong with it.

python tools/box_stats.py work_dirs/cir_boxes/CIRR_saliency_val.json
python tools/box_stats.py boxes.json --dataset configs/_base_/datasets/cirr.py --split val --json -
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Statistics of a box file: images, boxes, areas, duplicates, unusable boxes.',
        epilog='Exit status 1 with unusable boxes, or names that the split does not have or lacks.',
    )
    parser.add_argument('file', help='box file (.json)')
    parser.add_argument('--json', metavar='FILE', help='write the numbers there; - is stdout')
    parser.add_argument('--dataset', metavar='CONFIG', help='compare the names with its split')
    parser.add_argument('--split', help='of the data set')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, count, print; the exit status."""
    args = parse_args(argv)
    import json

    from vl_runtime.errors import InputValueError, one_line_errors

    with one_line_errors():
        import composed_retrieval  # noqa: F401
        from composed_retrieval.boxes import box_statistics
        from composed_retrieval.datasets.configured_split import configured_split
        from vl_runtime.atomic_files import write_json

        if bool(args.dataset) != bool(args.split):
            raise InputValueError('--dataset and --split: give both or none.')
        names = None
        if args.dataset:
            names = configured_split(args.dataset, args.split, check_images=False).images.keys()
        statistics = box_statistics(args.file, names)
        if args.json == '-':
            print(json.dumps(statistics.to_dict(), indent=1))
        else:
            print('\n'.join(statistics.lines()))
        if args.json not in (None, '-'):
            write_json(args.json, statistics.to_dict(), indent=1)
    return 1 if statistics.problems or statistics.missing or statistics.unknown else 0


if __name__ == '__main__':
    raise SystemExit(main())
