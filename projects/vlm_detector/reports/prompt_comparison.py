"""Which prompt serves a model best: chosen on validation data, reported on test data."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch.utils.data import Subset

from vl_runtime import launch
from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputValueError
from vl_runtime.reports.bootstrap import Interval
from vl_runtime.reports.evaluate import data_of
from vl_runtime.reports.measured_run import MeasuredData, MeasuredRun, measure
from vl_runtime.reports.result_statistics import AS_EXPECTED, MEAN_IOU, intervals_of
from vl_runtime.reports.weight_versions import versions_of, weights_in_use
from vlm_detector.models.detectors.text_box_detector import TextBoxDetector
from vlm_detector.reports.prompt_choice import PromptChoice, choices_of, mixed_choice


@dataclass(frozen=True)
class PromptScore:
    """One prompt for one task, asked of one version of the weights.

    Attributes:
        part: 'val' or 'test'.
        weights: 'base', 'adapter', or 'model' without an adapter.
        task: what was asked.
        prompt: name of the choice, such as 'v2'.
        template, text, sha256: what it was for this task.
        metric: that decides: mean IoU, or the share of texts that match (0..1).
        score: its value.
        interval: of the score; None of a text metric.
        num_samples: samples of the task.
        num_unreadable: answers that could not be read.
    """

    part: str
    weights: str
    task: str
    prompt: str
    template: str
    text: str
    sha256: str
    metric: str
    score: float
    interval: Interval | None
    num_samples: int
    num_unreadable: int


@dataclass
class PromptComparison:
    """What ``compare_prompts`` found.

    Attributes:
        config, checkpoint: what was asked.
        folder: where the report is.
        scores: of every prompt on validation, and of the chosen ones on test.
        chosen: prompt by (weights, task).
        same_data: validation and test are the same annotation file.
        date: of the comparison.
    """

    config: str
    checkpoint: str | None
    folder: Path
    scores: list[PromptScore] = field(default_factory=list)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    same_data: bool = False
    date: str = ''

    def of_part(self, part: str) -> list[PromptScore]:
        """The scores on validation or on test data."""
        return [one for one in self.scores if one.part == part]


def compare_prompts(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    prompts: Sequence[str],
    *,
    out: str | Path = 'work_dirs',
    num_samples: int | None = None,
    seed: int = 0,
    **options: Any,
) -> PromptComparison:
    """Ask every prompt of the base and of the adapter, choose, and test what was chosen.

    The results of each prompt are written into a new folder as they come.

    Args:
        config, checkpoint: as for ``launch.test``; a model that answers in words.
        prompts: names, see ``PromptChoice``.
        out: ``prompt_comparison_<time>`` is made in it.
        num_samples: of each part, drawn with ``seed``; None for all.
        seed: of the draw and of the intervals.
        options: of ``launch.opened_for_test``.

    Raises:
        UserInputError: a mistake in the recipe, a file or an argument.
    """
    folder = _new_folder(Path(out))
    with launch.opened_for_test(config, checkpoint, work_dir=folder / 'log', **options) as runner:
        model, settings = runner.model, runner.cfg.model.get('prompts')
        if not isinstance(model, TextBoxDetector):
            raise InputValueError(
                f'--prompts: expected a model that answers in words, found {type(model).__name__}; '
                'the texts of other detectors are their classes.'
            )
        choices = choices_of(prompts, settings, model)
        val, test = (
            data_of(runner, part, num_samples=num_samples, seed=seed) for part in ('val', 'test')
        )
        for choice in choices:
            choice.require(_tasks_of(val, model))
        found = PromptComparison(
            str(runner.cfg.filename),
            None if checkpoint is None else str(checkpoint),
            folder,
            same_data=val.ann_file is not None and val.ann_file == test.ann_file,
            date=datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
        )
        for version in versions_of(model):
            with weights_in_use(model, version):
                _compare(found, model, version, choices, settings, val, test, seed)
    return found


def _compare(
    found: PromptComparison,
    model: TextBoxDetector,
    version: str,
    choices: Sequence[PromptChoice],
    settings: Mapping[str, Any] | None,
    val: MeasuredData,
    test: MeasuredData,
    seed: int,
) -> None:
    """All prompts on validation, the best of each task on test."""
    by_task: dict[str, list[tuple[PromptScore, PromptChoice]]] = {}
    for choice in choices:
        choice.require(list(by_task))  # a pipeline may have chosen further tasks
        with choice.asked_of(model):
            run = measure(model, val, f'{version}, {choice.name}, validation')
            for score in _scores(run, model, 'val', version, choice.name, seed, len(val.classes)):
                by_task.setdefault(score.task, []).append((score, choice))
                found.scores.append(score)
        _write_results(found.folder / f'val_{version}_{_safe(choice.name)}.jsonl', run)
    best = {task: max(rows, key=lambda row: row[0].score)[1] for task, rows in by_task.items()}
    found.chosen |= {(version, task): choice.name for task, choice in best.items()}
    before = model.prompts
    model.prompts = mixed_choice(best, settings, model)
    try:
        run = measure(model, test, f'{version}, chosen, test')
        for score in _scores(run, model, 'test', version, '', seed, len(test.classes)):
            named = best[score.task].name if score.task in best else ''
            found.scores.append(PromptScore(**{**vars(score), 'prompt': named}))
    finally:
        model.prompts = before
    _write_results(found.folder / f'test_{version}.jsonl', run)


def _tasks_of(data: MeasuredData, model: TextBoxDetector) -> list[str]:
    """The tasks that the data set names, else the one that the model has."""
    dataset = data.loader.dataset
    if isinstance(dataset, Subset):
        dataset = dataset.dataset
    names = getattr(dataset, 'task_names', None) or [model.task]
    return sorted(set(names))


def _scores(
    run: MeasuredRun,
    model: TextBoxDetector,
    part: str,
    version: str,
    prompt: str,
    seed: int,
    num_classes: int,
) -> list[PromptScore]:
    """One score for each task of the samples."""
    scores = []
    for task in dict.fromkeys(one.task for one in run.results):
        results = [one for one in run.results if one.task == task]
        metric, value, interval = _deciding(run, task, seed, num_classes)
        template = model.prompts.for_task(task)
        scores.append(
            PromptScore(
                part,
                version,
                task,
                prompt,
                template.name,
                template.text,
                template.sha256,
                metric,
                value,
                interval,
                len(results),
                sum(one.status == 'fail' for one in results),
            )
        )
    return scores


def _deciding(
    run: MeasuredRun, task: str, seed: int, num_classes: int
) -> tuple[str, float, Interval | None]:
    """The metric of a task: of a text the normalised match, else the mean IoU of the objects."""
    results = [one for one in run.results if one.task == task]
    intervals = intervals_of(results, num_classes, seed=seed)
    metric = f'text/{task}/normalized'
    if metric in run.metrics:
        return metric, float(run.metrics[metric]), intervals.get(f'{task}: {AS_EXPECTED}')
    interval = intervals.get(MEAN_IOU)
    return MEAN_IOU, interval.value if interval else 0.0, interval


def _write_results(path: Path, run: MeasuredRun) -> None:
    """The metrics, then every sample with its answer, one JSON object a line."""
    head = {'run': run.name, 'metrics': {k: float(v) for k, v in run.metrics.items() if v == v}}
    lines = [head, *(one.to_dict() for one in run.results)]
    text = '\n'.join(json.dumps(line, ensure_ascii=False) for line in lines)
    write_text(path, text + '\n')


def _new_folder(out: Path) -> Path:
    stamp = datetime.datetime.now().strftime('%Y%m%d_%H%M%S')
    for number in itertools.count(1):
        ending = '' if number == 1 else f'-{number}'
        folder = out / f'prompt_comparison_{stamp}{ending}'
        if not folder.exists():
            return folder
    raise AssertionError


def _safe(name: str) -> str:
    return ''.join(sign if sign.isalnum() else '_' for sign in name)
