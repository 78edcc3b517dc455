"""Losses and validation metrics of one run as a picture."""

from __future__ import annotations

from pathlib import Path

from vl_runtime.atomic_files import atomic_path
from vl_runtime.reports.scalars_file import find_scalars, read_lines

_METRICS = {'bbox_mAP', 'bbox_mAP_50', 'bbox_mAP_75', 'bbox_AP', 'bbox_fixed_AP', 'mean_iou'}


def draw_training_curve(run: str | Path, picture: str | Path, title: str = 'training') -> Path:
    """Draw every loss over the iterations and, if there are any, the validation metrics.

    Args:
        run: a work folder (its newest run is drawn), a run's folder or ``scalars.json``.
        picture: the PNG to write.

    Returns:
        ``picture`` as a path.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines, _ = read_lines(find_scalars(run)[-1])
    training = [line for line in lines if 'iter' in line]
    validation = [line for line in lines if 'iter' not in line]
    names = sorted({k for e in training for k in e if 'loss' in k})
    metrics = sorted({k for e in validation for k in e if k.split('/')[-1] in _METRICS})
    figure = Figure(figsize=(9, 3.6 if metrics else 4), layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2 if metrics else 1, squeeze=False)[0]
    for name in names:
        points = [(e.get('iter', e.get('step')), e[name]) for e in training if name in e]
        panels[0].plot(*zip(*points), label=name, linewidth=2.2 if name == 'loss' else 1.2)
    panels[0].set(title=title, xlabel='iteration', ylabel='loss', yscale='log')
    panels[0].legend(fontsize=8)
    if metrics:
        for name in metrics:
            points = [(e['step'], e[name]) for e in validation if name in e]
            panels[1].plot(*zip(*points), marker='o', label=name)
        panels[1].set(title='validation', xlabel='epoch', ylim=(0, 1))
        panels[1].legend(fontsize=8)
    for panel in panels:
        panel.grid(alpha=0.3)
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110, format='png')
    return Path(picture)
