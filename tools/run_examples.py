"""Run the commands of the applications' guides on small samples, with tiny models on the CPU."""

import argparse

from _paths import REPOSITORY


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='What is done is kept: after a failure or Ctrl-C the same command goes on. Exit '
        'status 1 when a step failed or the samples are not there.',
    )
    parser.add_argument(
        'names',
        nargs='*',
        metavar='NAME',
        help='logos, main_subject, textile, detection (default: all)',
    )
    parser.add_argument(
        '--data', help='folder of the samples (default: a folder */data beside the checkout)'
    )
    parser.add_argument('--work-dir', default='work_dirs/examples', help='%(default)s')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import compat

        compat.install()
        from vlm_detector import examples

        results = examples.run_examples(
            REPOSITORY,
            args.work_dir,
            data=args.data,
            names=args.names,
            say=lambda line: print(line, flush=True),
        )
    print(f'\n{examples.result_table(results)}')
    print(f'commands, logs and pictures: {args.work_dir}/{examples.REPORT}')
    raise SystemExit(any(found.failure for found in results))


if __name__ == '__main__':
    main()
