"""Train and test a recipe on whatever the machine has; tools/train.py and test.py call this."""

from __future__ import annotations

import contextlib
import copy
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from vl_runtime import compat, downloads
from vl_runtime.annotation_values import (
    NOTES,
    fill_annotation_values,
    require_annotation_values,
)
from vl_runtime.atomic_files import atomic_path
from vl_runtime.checkpoints import require_weights
from vl_runtime.compat import distributed
from vl_runtime.compat.checkpoint_loader import require_file
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.compat.tensorboard import drop_missing_tensorboard
from vl_runtime.config_files import apply_options, load_config, parse_options
from vl_runtime.cpu_threads import use_fastest_thread_count
from vl_runtime.debug_preset import apply_debug_preset
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vl_runtime.precision import set_precision
from vl_runtime.registry_errors import registry_errors
from vl_runtime.work_dir_lock import only_training

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
_RUNS = itertools.count(1)
_LEAST_SPACE = 2**20  # bytes; a log file alone takes a tenth

__all__ = ['load_config', 'opened_for_test', 'test', 'train']


def train(
    config: str | Path | Config,
    *,
    work_dir: str | Path | None = None,
    amp: bool = False,
    resume: str | None = None,
    debug: bool = False,
    launcher: str = 'none',
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> Runner:
    """Train a recipe on the first of CUDA, NPU, MPS and CPU that the machine has.

    Args:
        config: recipe file, or a loaded config (which is not changed).
        work_dir: logs and checkpoints; the recipe's own, else ``work_dirs/<recipe name>``.
        amp: mixed precision: fp16 with loss scaling on a GPU or NPU, bf16 on a CPU that has it,
            none on MPS.
        resume: 'auto' continues from the last checkpoint of ``work_dir`` (or starts there
            when it has none); a path continues from that file.
        debug: see ``apply_debug_preset``.
        launcher: who started this process, one of ``LAUNCHERS``.
        cfg_options: changes to the recipe, see ``load_config``.
        trust_checkpoint: checkpoints may hold any Python object; only for own files.

    Returns:
        The runner after training.

    Raises:
        UserInputError: a mistake in the recipe, a file or an argument, before training starts
            wherever it can be known then.
    """
    if debug:
        config, cfg_options = _debugged(config, cfg_options), None
    config = _prepare(config, work_dir, launcher, cfg_options)
    _require_parts(config, 'training', ('train_dataloader', 'train_cfg', 'optim_wrapper'))
    interval = config.train_cfg.get('val_interval', 1)
    if not isinstance(interval, int) or interval < 1:
        raise InputValueError(
            f'{config.filename}: train_cfg.val_interval: expected 1 or more (more than '
            f'max_epochs for no validation), found {interval!r}.'
        )
    if resume == 'auto':
        config.resume, config.load_from = True, _last_checkpoint(Path(config.work_dir))
    elif resume is not None:
        config.resume, config.load_from = True, resume
    _require_checkpoint(config.get('load_from'))
    set_precision(config, amp)
    first = distributed.process_rank(launcher) == 0
    with (
        only_training(config.work_dir) if first else contextlib.nullcontext(),
        _running(config, launcher, trust_checkpoint) as runner,
    ):
        if distributed.on_cpu() and launcher == 'none':
            use_fastest_thread_count()
        for note in config.get(NOTES) or ():
            runner.logger.info(note)
        runner.train()
    return runner


def test(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    *,
    work_dir: str | Path | None = None,
    out: str | Path | None = None,
    show_dir: str | Path | None = None,
    json_prefix: str | Path | None = None,
    tta: bool = False,
    launcher: str = 'none',
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> dict[str, float]:
    """Evaluate a checkpoint with a recipe's test data and metrics.

    Args:
        config, work_dir, launcher, cfg_options, trust_checkpoint: as for ``train``.
        checkpoint: file or address of the weights; None for a model without any.
        out: write all predictions to this ``.pkl`` file.
        show_dir: draw the predictions of every test picture into this folder.
        json_prefix: write ``<json_prefix>.bbox.json`` for a test server instead of scoring.
        tta: test-time augmentation with the recipe's ``tta_model`` and ``tta_pipeline``.

    Returns:
        Metric names and values.
    """
    config = _prepare_test(config, checkpoint, work_dir, launcher, cfg_options)
    if show_dir is not None:
        _draw_into(config, Path(show_dir))
    if json_prefix is not None:
        for metric in _evaluators(config):
            metric.update(format_only=True, outfile_prefix=str(json_prefix))
    if tta:
        _augment(config)
    with contextlib.ExitStack() as stack:
        if out is not None:
            path = stack.enter_context(_dump_path(Path(out), launcher))
            config.test_evaluator = [
                *_evaluators(config),
                ConfigDict(type='mmdet.DumpDetResults', out_file_path=str(path)),
            ]
        runner = stack.enter_context(_running(config, launcher, trust_checkpoint))
        require_weights(runner.model, checkpoint, runner.cfg.filename)
        return runner.test()


@contextlib.contextmanager
def opened_for_test(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    *,
    work_dir: str | Path | None = None,
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> Iterator[Runner]:
    """The runner of ``test`` before it starts, with the weights in its model, in one process.

    Args: as for ``test``.
    """
    config = _prepare_test(config, checkpoint, work_dir, 'none', cfg_options)
    with _running(config, 'none', trust_checkpoint) as runner:
        require_weights(runner.model, checkpoint, runner.cfg.filename)
        runner.test_loop  # noqa: B018  a runner takes weights for tests only once it has one
        runner.load_or_resume()
        runner.model.eval()
        yield runner


def _prepare_test(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    work_dir: str | Path | None,
    launcher: str,
    cfg_options: dict[str, Any] | Sequence[str] | None,
) -> Config:
    config = _prepare(config, work_dir, launcher, cfg_options)
    config.load_from = None if checkpoint is None else str(checkpoint)
    config.resume = False
    config.pop('lora', None)  # trained additions are merged in every checkpoint
    _require_checkpoint(config.load_from)
    set_precision(config, False)
    _require_parts(config, 'testing', ('test_dataloader', 'test_cfg', 'test_evaluator'))
    return config


def default_work_dir(config_file: str | Path) -> Path:
    """``work_dirs/<recipe name>`` below the current folder."""
    return Path('work_dirs') / Path(config_file).stem


def _prepare(
    config: str | Path | Config,
    work_dir: str | Path | None,
    launcher: str,
    cfg_options: dict[str, Any] | Sequence[str] | None,
) -> Config:
    if launcher not in LAUNCHERS:
        raise InputValueError(f'launcher: expected one of {LAUNCHERS}, found {launcher!r}.')
    config = _opened(config, cfg_options)
    fill_annotation_values(config)
    require_annotation_values(config)
    chosen = work_dir or config.get('work_dir') or default_work_dir(config.filename or 'run')
    config.work_dir = str(chosen)
    _require_writable(Path(chosen), 'work folder', '--work-dir')
    return config


def _debugged(
    config: str | Path | Config, cfg_options: dict[str, Any] | Sequence[str] | None
) -> Config:
    """The recipe with the preset, except for what the options have set."""
    options = cfg_options if isinstance(cfg_options, dict) else parse_options(cfg_options or ())
    config = _opened(config, options)
    apply_debug_preset(config, options)
    return config


def _opened(
    config: str | Path | Config, cfg_options: dict[str, Any] | Sequence[str] | None
) -> Config:
    """A recipe with its options; a config that was given stays as it is."""
    if not isinstance(config, Config):
        return load_config(config, cfg_options)
    compat.install()
    return apply_options(copy.deepcopy(config), cfg_options)


@contextlib.contextmanager
def _running(config: Config, launcher: str, trust_checkpoint: bool) -> Iterator[Runner]:
    """The runner of ``config``; mistakes in the config are user errors inside the block."""
    with trusted_checkpoints(trust_checkpoint), registry_errors(config):
        distributed.prepare(config, launcher)
        drop_missing_tensorboard(config)
        _own_names(config)
        config.setdefault('runner_type', 'CheckedRunner')
        yield RUNNERS.build(config)


def _own_names(config: Config) -> None:
    """Keep runs of one process apart: mmengine shares logs and histories by name."""
    run = next(_RUNS)
    if run == 1:
        return
    config.experiment_name = f'{config.get("experiment_name") or Path(config.work_dir).name}-{run}'
    if config.get('visualizer'):
        config.visualizer.name = f'{config.visualizer.get("name", "visualizer")}-{run}'


def _require_writable(folder: Path, name: str, option: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_LEAST_SPACE))
    except OSError as error:
        raise InputPermissionError(
            f'{folder}: the {name} cannot be written ({error.strerror}); choose another with '
            f'{option}.'
        ) from error


def _require_parts(config: Config, task: str, parts: Sequence[str]) -> None:
    for part in ('model', *parts):
        if config.get(part) is None:
            raise InputValueError(f'{config.filename}: {task} needs {part}, which is not there.')


def _last_checkpoint(work_dir: Path) -> str | None:
    """What ``last_checkpoint`` names, also after the folder was moved; None without one."""
    record = work_dir / 'last_checkpoint'
    if not record.is_file():
        return None
    named = Path(record.read_text(encoding='utf-8').strip())
    for path in (named, work_dir / named.name):
        if path.is_file():
            return str(path)
    raise InputFileNotFoundError(
        f'{record}: names {named}, which is not there; continue from another with '
        '--resume CHECKPOINT, or remove this file to start anew.'
    )


def _require_checkpoint(source: str | None) -> None:
    if not source or '://' in source:
        return
    path = Path(source).expanduser()
    names = [entry.name for entry in downloads.ENTRIES for f in entry.files if f.name == path.name]
    if names and not path.exists():
        raise InputFileNotFoundError(
            f'{path}: no such checkpoint; "python tools/download.py {names[0]}" fetches it, '
            'load_from=CHECKPOINT takes another, load_from=None none.'
        )
    require_file(path)


def _draw_into(config: Config, folder: Path) -> None:
    _require_writable(folder, 'picture folder', '--show-dir')
    hooks = config.get('default_hooks') or {}
    hook = hooks.get('visualization') or {'type': 'mmdet.DetVisualizationHook'}
    # An absolute path: the hook would put a relative one below the run's log folder.
    drawing = {**hook, 'draw': True, 'test_out_dir': str(folder.absolute())}
    config.default_hooks = {**hooks, 'visualization': drawing}
    if 'visualizer' not in config:
        config.visualizer = ConfigDict(type='mmdet.DetLocalVisualizer', name='visualizer')


def _evaluators(config: Config) -> list[ConfigDict]:
    evaluator = config.test_evaluator
    return list(evaluator) if isinstance(evaluator, list | tuple) else [evaluator]


def _augment(config: Config) -> None:
    for part in ('tta_model', 'tta_pipeline'):
        if part not in config:
            raise InputValueError(f'{config.filename}: --tta needs {part}, which is not there.')
    config.model = ConfigDict(**config.tta_model, module=config.model)
    levels = [config.test_dataloader.dataset]
    while 'dataset' in levels[-1]:
        levels.append(levels[-1].dataset)
    for level in levels:
        if 'batch_shapes_cfg' in level:
            level.batch_shapes_cfg = None  # fixes the input size, which augmentation changes
    outermost = [level for level in levels if 'pipeline' in level] or levels[-1:]
    outermost[0].pipeline = config.tta_pipeline


@contextlib.contextmanager
def _dump_path(path: Path, launcher: str) -> Iterator[Path]:
    """Where to dump the predictions; the file appears only when it is complete."""
    if path.suffix not in ('.pkl', '.pickle'):
        raise InputValueError(f'--out {path}: expected a name that ends in .pkl or .pickle.')
    if distributed.process_rank(launcher) != 0:
        yield path  # only the first process writes
        return
    with atomic_path(path) as temporary:
        yield temporary
