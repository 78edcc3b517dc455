"""One text per training picture, sometimes one that the picture doesn't show."""

from __future__ import annotations

import random

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.tasks.annotated_objects import keep_objects


@TRANSFORMS.register_module()
class KeepOneText(BaseTransform):
    """Draw one of the texts; only its objects stay.

    For models that are asked for one class at a time (``test_cfg.classes_per_prompt=1``): without
    questions about what is absent they would never learn to answer that nothing is there. Comes
    after LoadText or RandomLoadText.

    Required keys: ``texts``, ``gt_bboxes_labels``.
    Changed keys: ``texts`` (the one), the boxes with what belongs to them, the labels (0).

    Args:
        absent: how often a text that the picture doesn't show is drawn, if there is one, 0..1.
            A picture that shows nothing always gives one of these.

    Raises:
        InputValueError: ``absent`` is no probability, or there is no text.
        InputKeyError: a key is missing.
    """

    def __init__(self, absent: float = 0.2) -> None:
        if not 0 <= absent <= 1:
            raise InputValueError(f'KeepOneText: expected absent in 0..1, found {absent}.')
        self.absent = absent

    def transform(self, results: dict) -> dict:
        """Draw the text and drop the rest."""
        for key in ('texts', 'gt_bboxes_labels'):
            if key not in results:
                raise InputKeyError(
                    f'KeepOneText: expected {key} in the results of {results.get("img_path")}; '
                    'put LoadAnnotations and LoadText before it.'
                )
        labels = np.asarray(results['gt_bboxes_labels'])
        chosen = self._draw(sorted(set(labels.tolist())), results)
        keep = labels == chosen
        keep_objects(results, keep)
        results['texts'] = [results['texts'][chosen]]
        return results

    def _draw(self, shown: list[int], results: dict) -> int:
        others = sorted(set(range(len(results['texts']))) - set(shown))
        if not shown and not others:
            raise InputValueError(
                f'KeepOneText: expected a text for {results.get("img_path")}, found none.'
            )
        ask_for_absent = random.random() < self.absent
        return random.choice(others if others and (ask_for_absent or not shown) else shown)
