"""What a model that answers in words can be asked about a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vl_runtime.errors import InputKeyError, did_you_mean


@dataclass(frozen=True)
class AskedTask:
    """One kind of question; a model lists its own with ``asked_tasks(first)``.

    Attributes:
        name: as in recipes.
        prompt: what the model is told, with ``{...}`` for what differs.
        answer: 'boxes', 'polygons' or 'text'.
        texts: 'all' are asked for at once, 'each' in a question of its own, or 'none'.
        labels: what boxes are called where there are no texts.
    """

    name: str
    prompt: str
    answer: str = 'boxes'
    texts: str = 'all'
    labels: tuple[str, ...] = ()


def tasks_of(model: Any, first: Sequence[str] = ()) -> tuple[AskedTask, ...]:
    """What a model can be asked; nothing for a detector that is not asked in words.

    Args:
        first: names of tasks that its recipe trains; they come first.
    """
    listed = getattr(model, 'asked_tasks', None)
    return () if listed is None else tuple(listed(first))


def task_named(name: str, tasks: Iterable[AskedTask]) -> AskedTask:
    """The task called ``name``.

    Raises:
        InputKeyError: it is none of ``tasks``.
    """
    known = {task.name: task for task in tasks}
    if name not in known:
        expected = f'one of {", ".join(known)}' if known else 'none (this detector finds texts)'
        raise InputKeyError(
            f'task: expected {expected}, found {name!r}.{did_you_mean(str(name), known)}'
        )
    return known[name]
