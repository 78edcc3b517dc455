"""Evaluate a checkpoint and report: ``python tools/evaluate.py RECIPE CHECKPOINT --label exp1``.

Writes OUT/evaluation_table.csv (a row for every evaluation) and OUT/LABEL/ with
evaluation_report.md, its pictures and results.json.
"""

from __future__ import annotations

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_sampling, add_trust


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='recipe, a file under configs/')
    parser.add_argument(
        'checkpoint', nargs='?', help='weights; not needed where a server has the model'
    )
    parser.add_argument('--label', required=True, help='a name for the evaluation')
    parser.add_argument('--out', default='work_dirs/evaluations', help='folder (%(default)s)')
    parser.add_argument(
        '--compare',
        nargs='+',
        default=(),
        metavar='WEIGHTS',
        help='of a model with an adapter: base, adapter, merged, in any selection, in one '
        'process; differences are told against the first',
    )
    parser.add_argument('--part', default='test', choices=('test', 'val'), help='of the data')
    add_sampling(parser)
    parser.add_argument(
        '--num-pictures', type=int, default=8, help='of the worst and of the best (%(default)s)'
    )
    add_cfg_options(parser, 'change the recipe: test_dataloader.batch_size=1')
    add_trust(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.reports.evaluate import evaluate_recipe
        from vl_runtime.reports.evaluation_report import REPORT, headline

        found = evaluate_recipe(
            arguments.config,
            arguments.checkpoint,
            arguments.label,
            out=arguments.out,
            compare=arguments.compare,
            part=arguments.part,
            num_samples=arguments.num_samples,
            seed=arguments.seed,
            num_pictures=arguments.num_pictures,
            cfg_options=arguments.cfg_options,
            trust_checkpoint=arguments.trust_checkpoint,
        )
        print(f'\n{headline(found)}\n\nreport: {found.folder / REPORT}')


if __name__ == '__main__':
    main()
