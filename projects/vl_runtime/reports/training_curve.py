"""Losses and validation metrics as a picture: of one run, or of several in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean
from vl_runtime.reports.training_log import Points, TrainingLog, read_training_log

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Last parts of names; each run is drawn with those that it has.
_METRICS = {
    *('bbox_mAP', 'bbox_mAP_50', 'bbox_mAP_75', 'bbox_AP', 'bbox_fixed_AP', 'segm_mAP'),
    *('mean_iou', 'industry_and_company', 'normalized'),
}
_MAIN_METRICS = ('coco/bbox_mAP', 'lvis/bbox_AP', 'answer/mean_iou', 'box/mean_iou')
_FORMATS = ('.png', '.svg', '.pdf', '.jpg')


def draw_training_curve(run: str | Path, picture: str | Path, title: str = 'training') -> Path:
    """Draw every loss over the iterations and, if there are any, the validation metrics.

    Args:
        run: a work folder (its newest training is drawn), a run's folder or ``scalars.json``.
        picture: the file to write.

    Returns:
        ``picture`` as a path.

    Raises:
        InputFileNotFoundError, InputValueError: see ``read_training_log``.
    """
    log = read_training_log(run)
    metrics = sorted(name for name in log.metric_names if name.split('/')[-1] in _METRICS)
    figure, panels = _panels(2 if metrics else 1)
    for name in sorted(log.losses):
        _curve(panels[0], log.losses[name], name, width=2.2 if name == 'loss' else 1.2)
    if log.num_parts > 1:
        title = f'{title} (resumed {log.num_parts - 1} x)'
    _label_losses(panels[0], log.losses, title)
    if metrics:
        for name in metrics:
            _curve(panels[1], log.metric(name, by_epoch=log.counts_epochs), name, marker='o')
        _label_metrics(panels[1], 'validation', by_epoch=log.counts_epochs)
    return _save(figure, picture)


def draw_overlay(
    runs: Mapping[str, str | Path], picture: str | Path, metric: str = 'auto'
) -> tuple[Path, str | None]:
    """Draw the losses of several runs in one panel, and one metric of all in another.

    Args:
        runs: label -> run, as for ``draw_training_curve``.
        picture: the file to write.
        metric: as logged; 'auto' is the first usual one that a run has, if any.

    Returns:
        ``picture`` as a path, and the metric that was drawn.

    Raises:
        InputKeyError: no run has ``metric``. Others as above.
    """
    logs = {label: read_training_log(run) for label, run in runs.items()}
    name = _metric_name(metric, list(logs.values()))
    figure, panels = _panels(2 if name else 1)
    for label, log in logs.items():
        if 'loss' not in log.losses:
            raise InputValueError(
                f"{runs[label]}: expected the key 'loss' in the lines about training, found "
                f'{", ".join(sorted(log.losses)) or "no loss"}.'
            )
        _curve(panels[0], log.losses['loss'], label)
    _label_losses(panels[0], {k: log.losses['loss'] for k, log in logs.items()}, 'training')
    if name:
        by_epoch = all(log.counts_epochs for log in logs.values())
        for label, log in logs.items():
            points = log.metric(name, by_epoch=by_epoch)
            _curve(panels[1], points, label if points else f'{label}: not logged', marker='o')
        _label_metrics(panels[1], name, by_epoch=by_epoch)
    return _save(figure, picture), name


def _metric_name(metric: str, logs: Sequence[TrainingLog]) -> str | None:
    known = list(dict.fromkeys(name for log in logs for name in log.metric_names))
    if metric == 'auto':
        return next((name for name in _MAIN_METRICS if name in known), next(iter(known), None))
    if metric not in known:
        raise InputKeyError(
            f'--metric {metric}: expected a metric of a validation, found '
            f'{", ".join(known[:12]) or "none"}{" ..." if len(known) > 12 else ""}.'
            f'{did_you_mean(metric, known)}'
        )
    return metric


def _panels(count: int) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6 if count > 1 else 4), layout='constrained')
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _curve(panel: Any, points: Points, label: str, width: float = 1.6, marker: str = '') -> None:
    # A single point is no line; without a mark it would not be seen.
    marker = marker or ('o' if len(points) == 1 else '')
    columns = list(zip(*points)) or [(), ()]
    panel.plot(*columns, marker=marker, label=label, linewidth=width)


def _label_losses(panel: Any, losses: Mapping[str, Points], title: str) -> None:
    positive = any(value > 0 for points in losses.values() for _, value in points)
    scale = 'log' if positive else 'linear'
    panel.set(title=title, xlabel='iteration', ylabel='loss', yscale=scale)
    _finish(panel)


def _label_metrics(panel: Any, title: str, *, by_epoch: bool) -> None:
    panel.set(title=title, xlabel='epoch' if by_epoch else 'iteration')
    low, high = panel.get_ylim()
    if low >= -0.05 and high <= 1.05:  # rates; other metrics keep their own range
        panel.set(ylim=(0, 1))
    _finish(panel)


def _finish(panel: Any) -> None:
    panel.legend(fontsize=8)
    panel.grid(alpha=0.3)


def _save(figure: Figure, picture: str | Path) -> Path:
    kind = Path(picture).suffix.lower()
    if kind not in _FORMATS:
        raise InputValueError(
            f'{picture}: expected a name that ends in {", ".join(_FORMATS)}, found {kind!r}.'
        )
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110, format=kind[1:])
    return Path(picture)
