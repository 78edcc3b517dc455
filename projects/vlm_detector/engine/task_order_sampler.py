"""In which order the tasks of a mixed data set are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.registry import DATA_SAMPLERS

from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean
from vlm_detector.engine.epoch_order_sampler import EpochOrderSampler

_MODES = ('sequential', 'interleave', 'weighted')


@DATA_SAMPLERS.register_module()
class TaskOrderSampler(EpochOrderSampler):
    """Go through the tasks one after another, evenly mixed, or drawn by weight.

    Modes:
        sequential: all samples of the first task of ``order``, then of the next, ...
        interleave: all samples of all tasks, each task spread evenly over the epoch; of those
            that are due together, the first of ``order`` comes first.
        weighted: as many samples as the data set has, the task of each drawn by ``weights``;
            a task whose samples are used up starts again in a new order.
    Within a task the order is random, another one each epoch.

    Args:
        dataset: of the loader. A ConcatDataset has one task per part, named by ``tasks``;
            otherwise each entry of ``get_data_info`` has a ``task``.
        order: all task names, each once. None: as first met.
        mode: see above.
        tasks: names for the parts of a ConcatDataset, in their order; a name may come twice.
        weights: task -> number above 0, for ``weighted``. None: all alike.
        seed: the run's by default.

    Raises:
        InputValueError, InputKeyError: an unknown mode or task, one that is left out, or one
            without a sample.
    """

    def __init__(
        self,
        dataset: Any,
        order: Sequence[str] | None = None,
        *,
        mode: str = 'sequential',
        tasks: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        seed: int | None = None,
    ) -> None:
        if mode not in _MODES:
            raise InputValueError(
                f'TaskOrderSampler: expected mode {", ".join(_MODES)}, found {mode!r}.'
            )
        super().__init__(dataset, seed)
        names = _task_of_each(dataset, tasks)
        present = list(dict.fromkeys(names.tolist()))
        self.task_order = _checked_order(order, present)
        self.mode = mode
        self.members = [np.flatnonzero(names == task) for task in self.task_order]
        self.weights = _checked_weights(weights, self.task_order)

    def order(self, generator: np.random.Generator) -> np.ndarray:
        """One epoch: see the class."""
        shuffled = [generator.permutation(indices) for indices in self.members]
        if self.mode == 'sequential':
            return np.concatenate(shuffled)
        if self.mode == 'interleave':
            progress = [(np.arange(len(part)) + 0.5) / len(part) for part in shuffled]
            places = np.argsort(np.concatenate(progress), kind='stable')
            return np.concatenate(shuffled)[places]
        drawn = generator.choice(len(shuffled), size=len(self.dataset), p=self.weights)
        indices = np.empty(len(drawn), dtype=np.int64)
        for task, members in enumerate(self.members):
            places = np.flatnonzero(drawn == task)
            rounds = [shuffled[task]]
            while sum(map(len, rounds)) < len(places):
                rounds.append(generator.permutation(members))
            indices[places] = np.concatenate(rounds)[: len(places)]
        return indices


def _task_of_each(dataset: Any, tasks: Sequence[str] | None) -> np.ndarray:
    """(n,) name of the task of every index."""
    parts = getattr(dataset, 'datasets', None)
    if tasks is not None:
        found = 0 if parts is None else len(parts)
        if found != len(tasks):
            raise InputValueError(
                f'TaskOrderSampler: expected one name in tasks for each part of a ConcatDataset, '
                f'found {len(tasks)} names and {found} parts.'
            )
        return np.repeat(np.array(tasks, dtype=object), [len(part) for part in parts])
    if hasattr(dataset, 'task_names'):  # TaskSamples knows them without reading an entry
        return np.array(dataset.task_names, dtype=object)
    names = []
    for index in range(len(dataset)):
        name = dataset.get_data_info(index).get('task')
        if name is None:
            raise InputKeyError(
                f'TaskOrderSampler: expected a task for every sample, found none at index {index};'
                ' name the parts of a ConcatDataset with tasks=[...].'
            )
        names.append(name)
    return np.array(names, dtype=object)


def _checked_order(order: Sequence[str] | None, present: Sequence[str]) -> list[str]:
    chosen = list(present) if order is None else list(order)
    for task in chosen:
        if task not in present:
            raise InputKeyError(
                f'TaskOrderSampler: order names {task!r}, but the data set has '
                f'{", ".join(present)}.{did_you_mean(task, present)}'
            )
    left_out = [task for task in present if task not in chosen]
    if left_out or len(set(chosen)) != len(chosen):
        raise InputValueError(
            f'TaskOrderSampler: expected every task of the data set once in order, found {chosen}; '
            f'left out: {", ".join(left_out) or "none"}.'
        )
    return chosen


def _checked_weights(weights: Mapping[str, float] | None, tasks: Sequence[str]) -> np.ndarray:
    values = [1.0] * len(tasks) if weights is None else [weights.get(task, 0) for task in tasks]
    if min(values) <= 0 or set(weights or tasks) != set(tasks):
        raise InputValueError(
            f'TaskOrderSampler: expected a weight above 0 for each of {", ".join(tasks)}, found '
            f'{dict(weights or {})}.'
        )
    return np.array(values) / sum(values)
