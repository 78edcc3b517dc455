"""What each way of fine-tuning gains on a target and loses elsewhere, on the demo's data.

The demo's detector has learned 12 phrases and finds 4 that it was never taught. It is
fine-tuned on three new phrases by each way; then all 16 old phrases are asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from vl_runtime import launch
from vl_runtime.atomic_files import atomic_path, write_json, write_text
from vl_runtime.checkpoints import load_checkpoint_file, load_weights
from vl_runtime.demo.shapes_data import (
    TARGET_PHRASES,
    TAUGHT_PHRASES,
    UNTAUGHT_PHRASES,
    ShapesSpec,
    make_shapes_dataset,
)
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.reports.tables import markdown_table
from yolo_world.reparameterize import reparameterize_state_dict

WAYS = {
    'finetune': 'normal fine-tuning',
    'replay': 'normal + replay of taught data',
    'lowrate': 'low rate, frozen backbone',
    'lora': 'LoRA on neck and head',
    'lora_replay': 'LoRA + replay of taught data',
    'prompt': 'prompt tuning (start: texts)',
    'rep': 're-parameterised',
}
TARGET_SPEC = ShapesSpec(num_train=64, num_val=24, num_test=100, seed=1, target=True)
_HEADER = ['way', 'trained values', 'training, s', 'target AP', '12 taught', '4 untaught']


@dataclass(frozen=True)
class Trade:
    """One row: scores are COCO AP, 0..1.

    Attributes:
        way: what was done.
        trained: number of trained values; 0 before fine-tuning.
        seconds: of training.
        target: on the three new phrases.
        taught, untaught: on the demo's phrases that were and were not taught; None for a
            fixed vocabulary, which can't be asked for them.
    """

    way: str
    trained: int
    seconds: float
    target: float
    taught: float | None
    untaught: float | None


def measure_trade(
    recipes: str | Path,
    start: str | Path,
    *,
    ways: Sequence[str] = tuple(WAYS),
    work_dir: str | Path = 'work_dirs/retention_trade',
    shapes_root: str | Path = 'data/shapes',
    target_root: str | Path = 'data/shapes_target',
    specs: tuple[ShapesSpec, ShapesSpec] = (ShapesSpec(), TARGET_SPEC),
    cfg_options: Mapping[str, object] | None = None,
    say: Callable[[str], None],
) -> list[Trade]:
    """Fine-tune by each way and measure; a way whose ``best.pth`` is there is not trained anew.

    Args:
        recipes: folder with ``yolo_world_n_target_<way>.py`` and ``yolo_world_n_shapes.py``.
        start: the demo's weights (``make demo`` writes ``work_dirs/demo/best.pth``).
        ways: some of ``WAYS``.
        work_dir: a folder for each way, and the report.
        shapes_root, target_root: data, drawn when it is not there.
        specs: what is drawn there.
        cfg_options: more changes to every recipe.
        say: shows one line to the person who waits.

    Returns:
        A row for the start and for each way, also written by ``write_trade``.
    """
    unknown = [way for way in ways if way not in WAYS]
    if unknown:
        raise InputValueError(f'ways: expected some of {list(WAYS)}, found {unknown[0]!r}.')
    if not Path(start).is_file():
        raise InputFileNotFoundError(f'{start}: no such checkpoint; "make demo" trains it.')
    for root, spec in zip((shapes_root, target_root), specs):
        make_shapes_dataset(root, spec)
    folder = Path(work_dir)
    options = {
        **(cfg_options or {}),
        'log_level': 'WARNING',
        'shapes_root': str(shapes_root),
        'target_root': str(target_root),
        'load_from': str(start),
    }
    held_out = Path(recipes) / 'yolo_world_n_shapes.py'
    recipe = {way: Path(recipes) / f'yolo_world_n_target_{way}.py' for way in ('finetune', *ways)}
    held_out_options = {key: value for key, value in options.items() if key != 'target_root'}
    target = _target_ap(recipe['finetune'], start, folder, options)
    before = _held_out_ap(held_out, start, folder, held_out_options)
    rows = [Trade('before', 0, 0.0, target, *before)]
    say(_line(rows[0]))
    for way in ways:
        own = {**options, **_preparation(way, recipe['finetune'], start, folder, options)}
        trained, seconds = _train(recipe[way], folder / way, own)
        best = folder / way / 'best.pth'
        target = _target_ap(recipe[way], best, folder, own)
        others = (None, None)
        if way != 'rep':
            others = _held_out_ap(held_out, best, folder, held_out_options)
        rows.append(Trade(WAYS[way], trained, seconds, target, *others))
        say(_line(rows[-1]))
    write_trade(folder, rows)
    return rows


def trade_table(rows: Sequence[Trade]) -> str:
    """The rows as Markdown; '-' where a fixed vocabulary can't be asked."""
    cells = [
        (
            row.way,
            f'{row.trained:,}' if row.trained else '-',
            f'{row.seconds:.0f}' if row.seconds else '-',
            *('-' if value is None else value for value in (row.target, row.taught, row.untaught)),
        )
        for row in rows
    ]
    return markdown_table(_HEADER, cells)


def write_trade(folder: Path, rows: Sequence[Trade]) -> None:
    """``retention_trade.md``, ``.json`` and ``.png`` in ``folder``."""
    write_json(folder / 'retention_trade.json', [asdict(row) for row in rows], indent=2)
    text = (
        '# Fine-tuning on three new phrases: gained and lost\n\n'
        f'Target: {", ".join(TARGET_PHRASES)}. COCO AP on its test split, and on the phrases '
        'that the fine-tuning data does not hold.\n\n'
        f'{trade_table(rows)}\n\n'
        'A re-parameterised model has a fixed vocabulary: it cannot be asked for other phrases.\n\n'
        '![trade](retention_trade.png)\n'
    )
    write_text(folder / 'retention_trade.md', text)
    _draw(rows, folder / 'retention_trade.png')


def _line(row: Trade) -> str:
    others = 'fixed vocabulary'
    if row.taught is not None:
        others = f'taught {row.taught:.3f}, untaught {row.untaught:.3f}'
    return f'{row.way}: target AP {row.target:.3f}, {others} ({row.seconds:.0f} s)'


def _train(recipe: Path, folder: Path, options: dict) -> tuple[int, float]:
    """Number of trained values and seconds; both are kept beside the weights."""
    record = folder / 'trade.json'
    if (folder / 'best.pth').is_file() and record.is_file():
        kept = Config.fromfile(str(record))
        return kept.trained, kept.seconds
    start = time.perf_counter()
    runner = launch.train(recipe, work_dir=folder, cfg_options=options)
    seconds = time.perf_counter() - start
    trained = sum(p.numel() for p in runner.model.parameters() if p.requires_grad)
    write_json(record, {'trained': trained, 'seconds': seconds})
    return trained, seconds


def _target_ap(recipe: Path, weights: str | Path, folder: Path, options: dict) -> float:
    metrics = launch.test(recipe, weights, work_dir=folder / 'tests', cfg_options=options)
    return metrics['coco/bbox_mAP']


def _held_out_ap(
    recipe: Path, weights: str | Path, folder: Path, options: dict
) -> tuple[float, float]:
    metrics = launch.test(recipe, weights, work_dir=folder / 'tests', cfg_options=options)
    return _mean_ap(metrics, TAUGHT_PHRASES), _mean_ap(metrics, UNTAUGHT_PHRASES)


def _mean_ap(metrics: Mapping[str, float], phrases: Sequence[str]) -> float:
    """Over the phrases that occur in the pictures; 0 if none does."""
    found = [metrics[key] for key in (f'coco/AP/{phrase}' for phrase in phrases) if key in metrics]
    return float(np.mean(found)) if found else 0.0


def _preparation(way: str, recipe: Path, start: str | Path, folder: Path, options: dict) -> dict:
    """What prompt tuning and re-parameterised training start from, as options."""
    if way not in ('prompt', 'rep'):
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    features = _text_features(recipe, start, options)
    if way == 'prompt':
        with atomic_path(folder / 'prompts.npy') as temporary, temporary.open('wb') as file:
            np.save(file, features.numpy())
        return {'model.embedding_path': str(folder / 'prompts.npy')}
    weights = load_checkpoint_file(start)['state_dict']
    state = reparameterize_state_dict(weights, features, conv_neck=True)
    with atomic_path(folder / 'start_rep_conv.pth') as temporary:
        torch.save({'state_dict': state}, temporary)
    return {'load_from': str(folder / 'start_rep_conv.pth')}


def _text_features(recipe: Path, start: str | Path, options: dict) -> torch.Tensor:
    """(3, D): the target phrases as the starting model's text encoder sees them."""
    config = launch.load_config(recipe, options)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        model = MODELS.build(config.model)
    load_weights(model, start)
    model.eval()
    model.set_vocabulary(TARGET_PHRASES)
    return model.text_feats[0].detach().float()


def _draw(rows: Sequence[Trade], picture: Path) -> None:
    """Target AP to the right, AP on untaught phrases upwards; a fixed vocabulary at 0."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout='constrained')
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    for row in rows:
        fixed = row.untaught is None
        height = 0.0 if fixed else row.untaught
        label = f'{row.way} (fixed vocabulary)' if fixed else row.way
        panel.plot(row.target, height, 'x' if fixed else 'o', markersize=8, label=label)
    panel.set(xlabel='AP on the target', ylabel='AP on untaught phrases', ylim=(-0.03, 1))
    panel.set(xlim=(-0.03, 1))
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110, format='png')
