"""A metric that looks at the data set's class names as soon as it gets them."""

from __future__ import annotations

from mmengine.evaluator import BaseMetric

from vl_runtime.errors import InputValueError


class ClassNamingMetric(BaseMetric):
    """Base of metrics that need the class names: wrong ones stop before evaluation starts.

    A subclass extends or replaces ``_check_classes``.

    Raises:
        InputValueError: the data set names no classes.
    """

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set; ``classes`` names the labels."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        self._check_classes(list((dataset_meta or {}).get('classes') or ()))
        self._dataset_meta = dataset_meta

    def _check_classes(self, classes: list[str]) -> None:
        """Raise when the metric can't work with ``classes``, the names in label order."""
        if not classes:
            raise InputValueError(
                f"{type(self).__name__}: the data set names no classes (metainfo['classes'])."
            )
