"""``mmdet.LVISMetric`` that says in one line that the package lvis is missing.

Why: mmdet's raises a RuntimeError in the middle of a stack trace. Until: mmdet's message can be
caught as a mistake of the user's.
"""

from __future__ import annotations

from typing import Any

from mmdet.evaluation.metrics import LVISMetric as PublishedLVISMetric
from mmdet.registry import METRICS

from vl_runtime.compat.optional import require


class LVISMetric(PublishedLVISMetric):
    """LVIS average precision; see mmdet.

    Raises:
        InputValueError: the package lvis is not installed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        require('lvis', 'mmdet.LVISMetric', 'pip install lvis')
        super().__init__(*args, **options)


def install() -> None:
    """Serve it under mmdet's name."""
    METRICS.register_module(name='LVISMetric', module=LVISMetric, force=True)
