"""Losses and validation metrics of one run as a picture."""

from __future__ import annotations

import json
from pathlib import Path

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputFileNotFoundError, InputValueError

_NOT_LOSSES = {'lr', 'data_time', 'time', 'grad_norm', 'epoch', 'iter', 'memory', 'step'}


def read_scalars(path: str | Path) -> tuple[list[dict], list[dict]]:
    """Training lines and validation lines of a run's ``scalars.json``.

    A line is one JSON object; validation lines hold a metric (a name with a slash).
    A last line that a killed run left unfinished is passed over.

    Raises:
        InputFileNotFoundError: no such file.
        InputValueError: a line in the middle is not JSON.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(
            f'{path}: no such file; a run writes it as vis_data/scalars.json.'
        )
    lines = path.read_text().splitlines()
    training, validation = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            if number == len(lines):
                break
            raise InputValueError(
                f'{path}: line {number}: expected JSON, found {error}.'
            ) from error
        (validation if any('/' in key for key in entry) else training).append(entry)
    return training, validation


def newest_scalars(work_dir: str | Path) -> Path:
    """The ``scalars.json`` of the latest run in ``work_dir``.

    Raises:
        InputFileNotFoundError: no run has written one.
    """
    found = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    if not found:
        raise InputFileNotFoundError(
            f'{work_dir}: no */vis_data/scalars.json; has a run started here?'
        )
    return found[-1]


def draw_training_curve(scalars: str | Path, picture: str | Path, title: str = 'training') -> Path:
    """Draw every loss over the iterations and, if there are any, the validation metrics.

    Args:
        scalars: a run's ``scalars.json``.
        picture: the PNG to write.

    Returns:
        ``picture`` as a path.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    training, validation = read_scalars(scalars)
    names = sorted({k for e in training for k in e if k not in _NOT_LOSSES and 'loss' in k})
    metrics = sorted({k for e in validation for k in e if k.split('/')[-1].startswith('bbox_mAP')})
    figure = Figure(figsize=(9, 3.6 if metrics else 4), layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2 if metrics else 1, squeeze=False)[0]
    for name in names:
        points = [(e.get('iter', e.get('step')), e[name]) for e in training if name in e]
        panels[0].plot(*zip(*points), label=name, linewidth=2.2 if name == 'loss' else 1.2)
    panels[0].set(title=title, xlabel='iteration', ylabel='loss', yscale='log')
    panels[0].legend(fontsize=8)
    if metrics:
        for name in metrics[:4]:
            points = [(e['step'], e[name]) for e in validation if name in e]
            panels[1].plot(*zip(*points), marker='o', label=name)
        panels[1].set(title='validation', xlabel='epoch', ylim=(0, 1))
        panels[1].legend(fontsize=8)
    for panel in panels:
        panel.grid(alpha=0.3)
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110, format='png')
    return Path(picture)
