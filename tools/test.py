"""Evaluate a checkpoint: ``python tools/test.py configs/demo/<recipe>.py best.pth``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import _paths  # noqa: F401
from _run_arguments import add_cfg_options, add_launch_arguments


def parse_arguments() -> argparse.Namespace:
    """The command line, as users of MMEngine know it."""
    parser = argparse.ArgumentParser(description='Evaluate a checkpoint with a recipe.')
    parser.add_argument('config', help='recipe, a file under configs/')
    parser.add_argument('checkpoint', help='weights, a .pth file or its address; or an .onnx file')
    parser.add_argument('--work-dir', help='logs and metrics (work_dirs/<recipe name>)')
    parser.add_argument('--out', help='write all predictions to this .pkl file')
    parser.add_argument(
        '--json-prefix', help='write <prefix>.bbox.json for a test server instead of scoring'
    )
    parser.add_argument('--show-dir', help='draw the predictions of every picture in this folder')
    parser.add_argument('--tta', action='store_true', help='test-time augmentation of the recipe')
    parser.add_argument(
        '--retention',
        metavar='RECIPE',
        help='evaluate on the test set of this recipe too, with the weights before and after',
    )
    parser.add_argument(
        '--before',
        metavar='CHECKPOINT',
        help="with --retention: the starting weights (by default the training's load_from)",
    )
    parser.add_argument(
        '--retention-options', nargs='+', action='extend', metavar='KEY=VALUE', help='change it'
    )
    add_cfg_options(parser, 'change the recipe: test_dataloader.batch_size=1')
    add_launch_arguments(parser)
    return parser.parse_args()


def show_retention(arguments: argparse.Namespace) -> None:
    """Two checkpoints on two test sets, as one table."""
    from mmengine.dist import is_main_process

    from vl_runtime.errors import InputValueError
    from vl_runtime.reports.retention_report import retention_table
    from vl_runtime.retention import measure_retention

    for option in ('out', 'json_prefix', 'show_dir', 'tta'):
        if getattr(arguments, option):
            name = option.replace('_', '-')
            raise InputValueError(f'--{name} does not go with --retention; run it on its own.')
    comparisons, report = measure_retention(
        arguments.config,
        arguments.checkpoint,
        arguments.retention,
        before=arguments.before,
        work_dir=arguments.work_dir,
        cfg_options=arguments.cfg_options,
        held_out_options=arguments.retention_options,
        launcher=arguments.launcher,
        trust_checkpoint=arguments.trust_checkpoint,
    )
    if is_main_process():
        print(f'\n{retention_table(comparisons)}\n\nreport: {report}')


def test_onnx(arguments: argparse.Namespace) -> None:
    """An exported file with the recipe's test data and metrics."""
    from tqdm import tqdm

    import yolo_world  # noqa: F401
    from vl_runtime.errors import InputValueError
    from vl_runtime.onnx_evaluation import evaluate_file

    for option in ('out', 'json_prefix', 'show_dir', 'tta', 'retention'):
        if getattr(arguments, option):
            name = option.replace('_', '-')
            raise InputValueError(f'--{name} needs a checkpoint, not an .onnx file.')
    if arguments.launcher != 'none':
        raise InputValueError('an .onnx file is tested in one process; leave --launcher out.')
    scores, report = evaluate_file(
        arguments.checkpoint,
        arguments.config,
        work_dir=arguments.work_dir,
        cfg_options=arguments.cfg_options,
        progress=lambda items, **kwargs: tqdm(items, desc='testing', **kwargs),
    )
    print('\n'.join(f'{name}: {value:.4f}' for name, value in scores.items()))
    print(f'report: {report}')


def main() -> None:
    arguments = parse_arguments()
    os.environ.setdefault('LOCAL_RANK', str(arguments.local_rank))

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        if Path(arguments.checkpoint).suffix == '.onnx':
            test_onnx(arguments)
            return
        from vl_runtime import launch

        if arguments.retention:
            show_retention(arguments)
            return
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
