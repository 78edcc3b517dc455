"""Train a recipe: ``python tools/train.py configs/demo/<recipe>.py [--amp] [--resume]``."""

from __future__ import annotations

import argparse
import os

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_launch_arguments


def parse_arguments() -> argparse.Namespace:
    """The command line, as users of MMEngine know it."""
    parser = argparse.ArgumentParser(description='Train a model from a recipe.')
    parser.add_argument('config', help='recipe, a file under configs/')
    parser.add_argument('--work-dir', help='logs and checkpoints (work_dirs/<recipe name>)')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision: fp16 on a GPU, bf16 on a CPU'
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='continue: from the last checkpoint of the work dir, or from this one',
    )
    parser.add_argument(
        '--debug',
        action='store_true',
        help='try the recipe: 100 samples, 50 to validate, 1 epoch, batch 2 (work_dirs/<recipe>_debug)',
    )
    add_cfg_options(parser, 'change the recipe: train_cfg.max_epochs=3 "img_scale=[640,640]"')
    add_launch_arguments(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    os.environ.setdefault('LOCAL_RANK', str(arguments.local_rank))

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import launch

        launch.train(
            arguments.config,
            work_dir=arguments.work_dir,
            amp=arguments.amp,
            resume=arguments.resume,
            debug=arguments.debug,
            launcher=arguments.launcher,
            cfg_options=arguments.cfg_options,
            trust_checkpoint=arguments.trust_checkpoint,
        )


if __name__ == '__main__':
    main()
