"""Train a small Q-Former on the CPU to find the picture that a change of another one asks for."""

import argparse
from pathlib import Path

from _paths import REPOSITORY


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--recipes', default=str(REPOSITORY / 'configs'), help='their folder')
    parser.add_argument(
        '--work-dir', default='work_dirs/demo_retrieval', help='where the report goes'
    )
    parser.add_argument(
        '--data-root', default='data/composed_shapes', help='where the shapes are drawn'
    )
    parser.add_argument(
        '--yolo', default='work_dirs/demo', help='work folder of `make demo`, run when it is empty'
    )
    parser.add_argument(
        '--yolo-data', default='data/shapes', help='where `make demo` draws its shapes'
    )
    parser.add_argument('--prepare', action='store_true', help='only draw the data and find boxes')
    parser.add_argument(
        '--quick', action='store_true', help='a few steps on a few pictures; nothing is learnt'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        import composed_retrieval  # noqa: F401
        from composed_retrieval.demo import run
        from composed_retrieval.demo.report import legend, score_table

        places = (args.work_dir, args.data_root, args.yolo, args.yolo_data)
        folders = run.DemoFolders(*map(Path, places))
        spec = run.QUICK_SPEC if args.quick else run.SPEC
        options = {'train_cfg.max_epochs': 1} if args.quick else {}

        def say(line: str) -> None:
            print(line, flush=True)

        if args.prepare:
            run.prepare(Path(args.recipes), folders, spec, say=say)
            return
        result = run.run_retrieval_demo(
            args.recipes, folders, spec=spec, cfg_options=options, say=say
        )
    print(f'\n{score_table(result.scores)}\n')
    print(legend(result.num_queries))
    print(f'pictures and report: {result.folder / "report.md"}')


if __name__ == '__main__':
    main()
