"""Print which epoch of a training was best and which checkpoint holds it.

python tools/find_best_epoch.py work_dirs/my_run
python tools/find_best_epoch.py work_dirs/my_run --metric coco/bbox_mAP_50 --all
"""

import argparse
import json

import _paths  # noqa: F401


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'path', help='work folder of a training, one of its time-stamped folders, or a scalars.json'
    )
    parser.add_argument(
        '--metric',
        default='auto',
        help='name as logged, for instance coco/bbox_mAP_50; default: coco/bbox_mAP if it was '
        'logged, else the first metric',
    )
    parser.add_argument(
        '--rule', choices=('greater', 'less'), default='greater', help='which value is better'
    )
    parser.add_argument('--top', type=int, default=5, help='rows of the table (default 5)')
    parser.add_argument(
        '--all',
        action='store_true',
        help='read all runs of the work folder as one resumed run (default: the newest run)',
    )
    parser.add_argument('--json', action='store_true', help='print JSON instead of text')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.reports.best_epoch import find_best_epoch

        best = find_best_epoch(args.path, args.metric, args.rule, merge=args.all)
        if args.json:
            print(json.dumps(best.to_dict(args.top), indent=2))
        else:
            print(best.to_text(args.top))


if __name__ == '__main__':
    main()
