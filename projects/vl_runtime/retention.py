"""Measure what fine-tuning did: target and held-out test set, weights before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.config_files import load_config
from vl_runtime.engine.held_out_evaluation import why_not_answerable
from vl_runtime.errors import InputValueError
from vl_runtime.registry_errors import registry_errors
from vl_runtime.reports.retention_report import Comparison, write_retention_report


def measure_retention(
    config: str | Path | Config,
    checkpoint: str | Path,
    held_out: str | Path,
    *,
    before: str | Path | None = None,
    work_dir: str | Path | None = None,
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    held_out_options: dict[str, Any] | Sequence[str] | None = None,
    **options: Any,
) -> tuple[list[Comparison], Path]:
    """Evaluate two checkpoints on the recipe that fine-tuned and on a held-out recipe.

    Args:
        config: the recipe of the fine-tuning, with its changes in ``cfg_options``.
        checkpoint: the fine-tuned weights.
        held_out: a recipe whose model takes texts, with other test data.
        before: the starting weights; by default ``load_from`` of the training, which the
            checkpoint records.
        work_dir: ``retention.md`` and ``retention.json`` go there, logs below it; by default
            the recipe's own.
        held_out_options: changes to ``held_out``.
        options: for ``launch.test``: ``trust_checkpoint``, ``launcher``.

    Returns:
        Target and held-out comparison, and the path of ``retention.md``. A part that can't
        be measured (weights with a fixed vocabulary, prompts that did not exist before) is
        empty and has a note.

    Raises:
        UserInputError: a file is wrong, or the starting weights are not known.
    """
    target = config if isinstance(config, Config) else load_config(config, cfg_options)
    other = load_config(held_out, held_out_options)
    folder = Path(work_dir or target.get('work_dir') or launch.default_work_dir(target.filename))
    with trusted_checkpoints(options.get('trust_checkpoint', False)):
        weights = load_checkpoint_file(checkpoint)
        before = before or _starting_weights(weights, checkpoint)
        states = {'after': weights['state_dict'], 'before': load_checkpoint_file(before)}
        states['before'] = states['before']['state_dict']
    files = {'before': before, 'after': checkpoint}
    comparisons = []
    for part, recipe in (('target', target), ('held_out', other)):
        scores, notes = {}, []
        for moment, file in files.items():
            reason = _why_not(recipe, states[moment])
            if reason:
                notes.append(f'{moment}: {reason}')
            scores[moment] = {} if reason else _test(recipe, file, folder / part / moment, options)
        name = Path(recipe.filename).stem
        comparisons.append(Comparison(name, scores['before'], scores['after'], '; '.join(notes)))
    heading = [f'Before: `{before}`. After: `{checkpoint}`.']
    return comparisons, write_retention_report(folder, comparisons, heading)


def _test(recipe: Config, file: str | Path, folder: Path, options: dict) -> dict[str, float]:
    return launch.test(recipe, file, work_dir=folder, **options)


def _why_not(recipe: Config, weights: dict) -> str:
    scope = recipe.get('default_scope') or 'mmdet'
    with registry_errors(recipe), DefaultScope.overwrite_default_scope(scope):
        return why_not_answerable(MODELS.build(recipe.model), weights)


def _starting_weights(checkpoint: dict, source: str | Path) -> str:
    text = (checkpoint.get('meta') or {}).get('cfg')
    start = Config.fromstring(text, '.py').get('load_from') if isinstance(text, str) else None
    if not start:
        raise InputValueError(
            f'{source}: does not say which weights its training started from; give them with '
            '--before CHECKPOINT.'
        )
    return str(start)
