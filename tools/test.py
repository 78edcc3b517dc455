"""Evaluate a checkpoint: ``python tools/test.py configs/demo/<recipe>.py best.pth``."""

from __future__ import annotations

import argparse
import os

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_launch_arguments


def parse_arguments() -> argparse.Namespace:
    """The command line, as users of MMEngine know it."""
    parser = argparse.ArgumentParser(description='Evaluate a checkpoint with a recipe.')
    parser.add_argument('config', help='recipe, a file under configs/')
    parser.add_argument('checkpoint', help='weights, a .pth file or its address')
    parser.add_argument('--work-dir', help='logs and metrics (work_dirs/<recipe name>)')
    parser.add_argument('--out', help='write all predictions to this .pkl file')
    parser.add_argument(
        '--json-prefix', help='write <prefix>.bbox.json for a test server instead of scoring'
    )
    parser.add_argument('--show-dir', help='draw the predictions of every picture in this folder')
    parser.add_argument('--tta', action='store_true', help='test-time augmentation of the recipe')
    add_cfg_options(parser, 'change the recipe: test_dataloader.batch_size=1')
    add_launch_arguments(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    os.environ.setdefault('LOCAL_RANK', str(arguments.local_rank))

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import launch

        launch.test(
            arguments.config,
            arguments.checkpoint,
            work_dir=arguments.work_dir,
            out=arguments.out,
            show_dir=arguments.show_dir,
            json_prefix=arguments.json_prefix,
            tta=arguments.tta,
            launcher=arguments.launcher,
            cfg_options=arguments.cfg_options,
            trust_checkpoint=arguments.trust_checkpoint,
        )


if __name__ == '__main__':
    main()
