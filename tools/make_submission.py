"""Turn a ranking of a test split into the files that the server of CIRR or CIRCO takes.

python tools/make_submission.py ranking.jsonl configs/_base_/datasets/cirr.py --out-dir submission
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Check a ranking against the split it is of, and write the submission: CIRR '
        'two files (50 names, and 3 of the subset), CIRCO one (50 image ids).',
        epilog='A ranking file is JSON Lines: {"format": "mmground-ranking", "format_version": 1, '
        '"dataset": "CIRR", "split": "test1"}, then for each query {"query_id": ..., "ranking": '
        '[names], "subset_ranking": [names]}, best first.',
    )
    parser.add_argument('ranking', help='ranking file (.jsonl)')
    parser.add_argument('config', metavar='DATASET_CONFIG', help='of the data set')
    parser.add_argument('--out-dir', default='work_dirs/submission', help='(%(default)s)')
    add_cfg_options(parser, 'change DATASET_CONFIG')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, check, write."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        import composed_retrieval  # noqa: F401
        from composed_retrieval.submission import make_submission
        from composed_retrieval.submission.ranked_split import ranked_split

        answers, dataset = ranked_split(args.ranking, args.config, args.cfg_options)
        paths = make_submission(answers, dataset, args.out_dir)
        print(f'{len(answers)} queries of {dataset.NAME} {dataset.split}:')
        print('\n'.join(map(str, paths)))


if __name__ == '__main__':
    main()
