"""A few entries of a data set, for a first try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.registry import DATASETS

from vl_runtime.errors import InputValueError


@DATASETS.register_module()
class SpreadSubset:
    """At most ``limit`` entries of another data set, spread evenly over it: always the same.

    Everything else (``metainfo``, ``pipeline``, ...) is the other data set's.

    Args:
        dataset: registry dict.
        limit: entries, 1 or more.

    Raises:
        InputValueError: ``limit`` is below 1.
    """

    def __init__(self, dataset: Mapping[str, Any], limit: int) -> None:
        if limit < 1:
            raise InputValueError(f'SpreadSubset: expected a limit of 1 or more, found {limit}.')
        self.dataset = DATASETS.build(dict(dataset))
        self.limit = limit

    @property
    def indices(self) -> np.ndarray:
        """Which entries of the other data set these are."""
        size = len(self.dataset)
        count = min(self.limit, size)
        return np.linspace(0, size - 1, count).round().astype(int)

    def full_init(self) -> None:
        """Read the annotations."""
        if hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()

    def get_data_info(self, idx: int) -> dict:
        """The annotation of entry ``idx``."""
        return self.dataset.get_data_info(int(self.indices[idx]))

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels of entry ``idx``."""
        return self.dataset.get_cat_ids(int(self.indices[idx]))

    @property
    def task_names(self) -> list[str]:
        """The task of every entry, of a data set with tasks."""
        names = self.dataset.task_names
        return [names[index] for index in self.indices]

    def __getattr__(self, name: str) -> Any:
        # `datasets` would give parts of the whole length to samplers.
        if name in ('dataset', 'datasets'):
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __len__(self) -> int:
        return min(self.limit, len(self.dataset))

    def __getitem__(self, idx: int) -> Any:
        return self.dataset[int(self.indices[idx])]
