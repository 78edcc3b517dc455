"""A finished evaluation, and the folder that holds it: ``results.json`` and picture results."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.reports.bootstrap import Interval
from vl_runtime.reports.image_result import ImageResult
from vl_runtime.reports.measured_run import MeasuredRun, RunCost
from vl_runtime.reports.run_settings import Setting

FORMAT = 'mmground-evaluation-1'
RESULTS = 'results.json'


@dataclass(frozen=True)
class Difference:
    """How much better ``after`` is than ``before``, on the same pictures.

    Attributes:
        values: differences with 95 % intervals, by name.
        num_better, num_worse: pictures whose mean IoU is higher, lower.
    """

    after: str
    before: str
    values: Mapping[str, Interval]
    num_better: int
    num_worse: int


@dataclass(frozen=True)
class Evaluation:
    """What ``evaluate_recipe`` found.

    Attributes:
        label: the user's name for it.
        config, checkpoint: files; no checkpoint where a server has the model.
        part: of the recipe's data, 'test' or 'val'.
        classes: names, in label order.
        num_available: samples of the data set, of which ``runs`` hold all or a draw.
        seed: of the draw and of the intervals.
        size_on_disk: bytes by what they are: 'checkpoint', 'base model'.
        settings: what the model was trained and evaluated with.
        runs: one for each version of the weights.
        intervals: of each run, by name.
        differences: between runs.
        meta: date, versions, sha256 of the checkpoint.
        folder: where it was written.
    """

    label: str
    config: str
    checkpoint: str | None
    part: str
    classes: tuple[str, ...]
    num_available: int
    seed: int
    size_on_disk: Mapping[str, int]
    settings: Sequence[Setting]
    runs: Sequence[MeasuredRun]
    intervals: Mapping[str, Mapping[str, Interval]]
    differences: Sequence[Difference] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None


def write_evaluation(evaluation: Evaluation, folder: Path) -> Path:
    """Write ``results.json`` and one ``images_<run>.jsonl`` for each run; returns the former."""
    runs = []
    for run in evaluation.runs:
        name = f'images_{run.name}.jsonl'
        lines = [json.dumps(one.to_dict(), ensure_ascii=False) for one in run.results]
        write_text(folder / name, '\n'.join(lines) + '\n')
        runs.append(
            {
                'name': run.name,
                'metrics': _finite(run.metrics),
                'intervals': {
                    key: dataclasses.asdict(value)
                    for key, value in evaluation.intervals.get(run.name, {}).items()
                },
                'answers': dict(run.statuses),
                'repairs': dict(run.repairs),
                'cost': dataclasses.asdict(run.cost),
                'num_dropped': run.num_dropped,
                'images': name,
            }
        )
    content = {'format': FORMAT}
    for name in ('label', 'config', 'checkpoint', 'part', 'num_available', 'seed'):
        content[name] = getattr(evaluation, name)
    content |= {
        'classes': list(evaluation.classes),
        'size_on_disk': dict(evaluation.size_on_disk),
        'meta': dict(evaluation.meta),
        'settings': [dataclasses.asdict(one) for one in evaluation.settings],
        'runs': runs,
        'differences': [dataclasses.asdict(one) for one in evaluation.differences],
    }
    write_json(folder / RESULTS, content, indent=1)
    return folder / RESULTS


def read_evaluation(folder: str | Path) -> Evaluation:
    """What ``write_evaluation`` wrote.

    Raises:
        InputFileNotFoundError: ``folder`` holds no evaluation.
        InputValueError: its files are broken.
    """
    folder = Path(folder)
    if not (folder / RESULTS).is_file():
        raise InputFileNotFoundError(
            f'{folder}: expected the folder of an evaluation, found no {RESULTS} in it; '
            'tools/evaluate.py writes one.'
        )
    content = read_json(folder / RESULTS)
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise InputValueError(
            f'{folder / RESULTS}: expected format {FORMAT!r}, found '
            f'{str(content.get("format") if isinstance(content, dict) else content)[:40]!r}; '
            'evaluate again.'
        )
    try:
        runs = [_read_run(folder, item) for item in content['runs']]
        intervals = {
            item['name']: {key: Interval(**value) for key, value in item['intervals'].items()}
            for item in content['runs']
        }
        return Evaluation(
            label=content['label'],
            config=content['config'],
            checkpoint=content['checkpoint'],
            part=content['part'],
            classes=tuple(content['classes']),
            num_available=content['num_available'],
            seed=content['seed'],
            size_on_disk=content['size_on_disk'],
            settings=[Setting(**item) for item in content['settings']],
            runs=runs,
            intervals=intervals,
            differences=[_read_difference(item) for item in content['differences']],
            meta=content['meta'],
            folder=folder,
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputValueError(
            f'{folder}: not a complete evaluation ({type(error).__name__}: {error}); evaluate '
            'again.'
        ) from error


def _read_run(folder: Path, item: Mapping[str, Any]) -> MeasuredRun:
    lines = (folder / item['images']).read_text(encoding='utf-8').splitlines()
    return MeasuredRun(
        name=item['name'],
        metrics={k: math.nan if v is None else v for k, v in item['metrics'].items()},
        results=[ImageResult.from_dict(json.loads(line)) for line in lines],
        cost=RunCost(**item['cost']),
        num_dropped=item['num_dropped'],
    )


def _read_difference(item: Mapping[str, Any]) -> Difference:
    values = {name: Interval(**value) for name, value in item['values'].items()}
    return Difference(**{**item, 'values': values})


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}
