"""Train tiny vision-language models on the CPU to answer boxes as text, then adapt them by LoRA."""

import argparse
from pathlib import Path

from _paths import REPOSITORY


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--recipes', default=str(REPOSITORY / 'configs/demo'), help='their folder')
    parser.add_argument('--work-dir', default='work_dirs/demo_vlm', help='where the report goes')
    parser.add_argument('--data-root', default='data/shapes', help='where the shapes are drawn')
    parser.add_argument(
        '--more-root', default='data/shapes_vlm', help='where further training pictures are drawn'
    )
    parser.add_argument('--yolo', default='work_dirs/demo', help='work folder of `make demo`')
    parser.add_argument(
        '--prepare', action='store_true', help='only draw the data and write the random models'
    )
    parser.add_argument(
        '--quick', action='store_true', help='a few steps on a few pictures; nothing is learnt'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import compat

        compat.install()
        from vlm_detector import demo

        places = (args.work_dir, args.data_root, args.more_root, args.yolo)
        folders = demo.DemoFolders(*map(Path, places))
        options = {}
        if args.quick:
            options = {'shapes': demo.QUICK_SHAPES, 'more': demo.QUICK_SPECS}
            options['cfg_options'] = demo.quick_options()
        if args.prepare:
            demo.prepare(folders)
            return
        result = demo.run_vlm_demo(
            args.recipes, folders, say=lambda line: print(line, flush=True), **options
        )
    print(f'\n{demo.score_table(result.scores)}\n')
    for note in result.notes:
        print(note)
    print(f'pictures, curves and report: {result.folder / "report.md"}')


if __name__ == '__main__':
    main()
