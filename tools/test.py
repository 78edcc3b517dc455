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
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='weights (.pth file or address), an .onnx file, or a .jsonl file of predictions; '
        'not needed where a server has the model',
    )
    parser.add_argument('--work-dir', help='logs and metrics (work_dirs/<recipe name>)')
    parser.add_argument(
        '--out',
        help='write all predictions to this .pkl file; of models that answer in words to a .jsonl '
        'file, which a stopped run continues and this tool scores',
    )
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

    refuse_options(
        arguments,
        ('out', 'json_prefix', 'show_dir', 'tta'),
        'does not go with --retention; run it on its own.',
    )
    if arguments.checkpoint is None:
        raise InputValueError('--retention compares two checkpoints; give one behind the recipe.')
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

    refuse_options(
        arguments,
        ('out', 'json_prefix', 'show_dir', 'tta', 'retention'),
        'needs a checkpoint, not an .onnx file.',
    )
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


def test_predictions(arguments: argparse.Namespace, path: str) -> None:
    """A predictions file with the recipe's test data and metrics."""
    from vlm_detector.recipe_predictions import evaluate_predictions

    scores, report = evaluate_predictions(
        arguments.config, path, work_dir=arguments.work_dir, cfg_options=arguments.cfg_options
    )
    print('\n'.join(f'{name}: {value:.4f}' for name, value in scores.items()))
    print(f'report: {report}')


def predict_to_file(arguments: argparse.Namespace) -> None:
    """The test data into a predictions file, then its scores."""
    from vl_runtime.errors import InputValueError
    from vlm_detector.recipe_predictions import predict_recipe

    if arguments.launcher != 'none':
        raise InputValueError(
            f'--out {arguments.out}: a .jsonl file is written by one process; leave --launcher '
            'out, or write a .pkl file.'
        )
    count = predict_recipe(
        arguments.config,
        arguments.checkpoint,
        arguments.out,
        work_dir=arguments.work_dir,
        cfg_options=arguments.cfg_options,
        trust_checkpoint=arguments.trust_checkpoint,
    )
    print(f'{count} pictures predicted: {arguments.out}')
    test_predictions(arguments, arguments.out)


def refuse_options(arguments: argparse.Namespace, names: tuple[str, ...], reason: str) -> None:
    """Raise InputValueError for an option that would have no effect."""
    from vl_runtime.errors import InputValueError

    for option in names:
        if getattr(arguments, option):
            raise InputValueError(f'--{option.replace("_", "-")} {reason}')


def main() -> None:
    arguments = parse_arguments()
    os.environ.setdefault('LOCAL_RANK', str(arguments.local_rank))

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        kind = Path(arguments.checkpoint or '').suffix
        if kind == '.onnx':
            test_onnx(arguments)
            return
        if kind == '.jsonl':
            refuse_options(
                arguments,
                ('out', 'json_prefix', 'show_dir', 'tta', 'retention'),
                'needs a checkpoint, not a .jsonl file.',
            )
            test_predictions(arguments, arguments.checkpoint)
            return
        if arguments.retention:
            show_retention(arguments)
            return
        if Path(arguments.out or '').suffix == '.jsonl':
            refuse_options(
                arguments, ('json_prefix', 'show_dir', 'tta'), 'does not go with a .jsonl file.'
            )
            predict_to_file(arguments)
            return
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
