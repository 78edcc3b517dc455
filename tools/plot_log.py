"""Draw losses and a metric of several runs: ``python tools/plot_log.py RUN ... --out curves.png``.

RUN is a work folder, one of its time-stamped folders or a scalars.json, with or without LABEL=
before it. A run that was resumed is one curve.
"""

from __future__ import annotations

import argparse

import _paths  # noqa: F401


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('runs', nargs='+', metavar='RUN', help='one or more')
    parser.add_argument('--out', required=True, help='picture: .png, .svg, .pdf or .jpg')
    parser.add_argument(
        '--metric', default='auto', help='as logged, for instance coco/bbox_mAP_50 (the usual one)'
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.reports.training_curve import draw_overlay
        from vl_runtime.reports.training_log import labelled_runs

        runs = labelled_runs(arguments.runs)
        picture, metric = draw_overlay(runs, arguments.out, arguments.metric)
        print(f'{picture}: loss of {", ".join(runs)}' + (f', {metric}' if metric else ''))


if __name__ == '__main__':
    main()
