"""Compare prompts: ``python tools/compare_prompts.py RECIPE CHECKPOINT --prompts v1 v2 v3``.

Asks every prompt of the base and of the adapter, chooses the best on the validation data and
reports it on the test data: OUT/prompt_comparison_<time>/comparison_report.md.
"""

from __future__ import annotations

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_sampling, add_trust


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='recipe of a model that answers in words')
    parser.add_argument(
        'checkpoint', nargs='?', help='weights; not needed where a server has the model'
    )
    parser.add_argument(
        '--prompts',
        nargs='+',
        required=True,
        metavar='NAME',
        help="versions (v1 v2) of each task's prompt, or names of templates (mine@1)",
    )
    parser.add_argument('--out', default='work_dirs', help='folder (%(default)s)')
    add_sampling(parser)
    add_cfg_options(parser)
    add_trust(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vlm_detector.reports.prompt_comparison import compare_prompts
        from vlm_detector.reports.prompt_comparison_report import write_prompt_report

        found = compare_prompts(
            arguments.config,
            arguments.checkpoint,
            arguments.prompts,
            out=arguments.out,
            num_samples=arguments.num_samples,
            seed=arguments.seed,
            cfg_options=arguments.cfg_options,
            trust_checkpoint=arguments.trust_checkpoint,
        )
        report = write_prompt_report(found)
        for one in found.of_part('test'):
            print(f'{one.task}, {one.weights}: {one.prompt}, {one.metric} {one.score:.3f} on test')
        print(f'report: {report}')


if __name__ == '__main__':
    main()
