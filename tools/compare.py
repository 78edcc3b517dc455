"""Put detectors side by side on the same data: ``python tools/compare.py RUN_A RUN_B ...``.

RUN is LABEL=CONFIG.py:CHECKPOINT (measured now, one after the other in this process) or the
folder of an evaluation (tools/evaluate.py), any mix of YOLO-World and vision-language models.
Writes comparison.md, comparison.csv and comparison.html, one file with everything in it.
"""

from __future__ import annotations

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_sampling, add_trust


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('runs', nargs='+', metavar='RUN', help='two or more')
    parser.add_argument('--out', default='work_dirs/comparison', help='folder (%(default)s)')
    parser.add_argument('--part', default='test', choices=('test', 'val'), help='of the data')
    add_sampling(parser)
    parser.add_argument(
        '--num-pictures', type=int, default=8, help='where they disagree most (%(default)s)'
    )
    add_cfg_options(parser, 'change the recipe of every measured run, or of one: LABEL:KEY=VALUE')
    add_trust(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from pathlib import Path

        from vl_runtime.reports.compared_run import RunRequest, options_by_label
        from vl_runtime.reports.comparison import compare_runs
        from vl_runtime.reports.comparison_report import write_comparison
        from vl_runtime.reports.tables import text_table

        comparison = compare_runs(
            [RunRequest.parse(text) for text in arguments.runs],
            Path(arguments.out) / 'log',
            options=options_by_label(arguments.cfg_options or ()),
            part=arguments.part,
            num_samples=arguments.num_samples,
            seed=arguments.seed,
            trust_checkpoint=arguments.trust_checkpoint,
        )
        page = write_comparison(comparison, arguments.out, arguments.num_pictures)
        rows = [[name, *values] for name, values in comparison.interval_rows.items()]
        rows += [[name, *comparison.cost[name]] for name in ('pictures/s', 'parameters')]
        print(f'\n{text_table(["", *comparison.labels], rows)}\n\npage: {page}')


if __name__ == '__main__':
    main()
