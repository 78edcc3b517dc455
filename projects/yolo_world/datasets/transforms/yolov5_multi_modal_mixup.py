"""Weighted sum of two images whose texts are merged."""

from __future__ import annotations

import numpy as np
from mmengine.registry import TRANSFORMS
from mmyolo.datasets.transforms import YOLOv5MixUp

from vl_runtime.errors import InputValueError
from yolo_world.datasets.transforms.multi_modal_mixing import MultiModalMixing

_ROWS = 16  # 640 pixels wide: 2 x 240 kB of float64


@TRANSFORMS.register_module()
class YOLOv5MultiModalMixUp(MultiModalMixing, YOLOv5MixUp):
    """``ratio`` of the image plus ``1 - ratio`` of a partner of the same size.

    Required keys: ``img, gt_bboxes, gt_bboxes_labels, gt_ignore_flags``; ``dataset`` unless
    cached; ``texts`` and ``gt_masks`` are used when they are there.
    Changed keys: these, and ``img_shape``. Masks stay when all boxes have one.

    Args: (those of mmyolo's ``YOLOv5MixUp``)
        alpha, beta: the ratio is drawn from Beta(alpha, beta).
        pre_transform, prob, use_cached, max_cached_images, random_pop, max_refetch: see
            ``MultiModalMixing``.

    Raises:
        InputValueError: the images differ in size.
    """

    def mix_img_transform(self, results: dict) -> dict:
        """Mix ``results`` with ``results['mix_results'][0]``."""
        partner = results['mix_results'][0]
        if results['img'].shape != partner['img'].shape:
            raise InputValueError(
                f'YOLOv5MultiModalMixUp: expected a partner of size {results["img"].shape[:2]} '
                f'(height, width), found {partner["img"].shape[:2]}; make both the same size '
                'before, with the same steps in pre_transform as in the pipeline.'
            )
        _agree_on_masks(results, partner)
        ratio = np.random.beta(self.alpha, self.beta)
        results['img'] = _weighted_sum(results['img'], partner['img'], ratio)
        results['img_shape'] = results['img'].shape
        for key in ('gt_bboxes', 'gt_masks'):
            if key in results:
                results[key] = results[key].cat([results[key], partner[key]])
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            results[key] = np.concatenate([results[key], partner[key]])
        return results


def _weighted_sum(image: np.ndarray, other: np.ndarray, ratio: float) -> np.ndarray:
    """``ratio * image + (1 - ratio) * other``, rounded down, as uint8.

    Some rows at a time: float64 arrays of a whole image leave the CPU's cache, and the sum
    takes four times as long.
    """
    mixed = np.empty(image.shape, np.uint8)
    for first in range(0, len(image), _ROWS):
        rows = slice(first, first + _ROWS)
        mixed[rows] = image[rows] * ratio + other[rows] * (1 - ratio)
    return mixed


def _agree_on_masks(results: dict, partner: dict) -> None:
    """Both have ``gt_masks`` or none: missing masks are empty, or all masks are dropped."""
    if ('gt_masks' in results) == ('gt_masks' in partner):
        return
    having, lacking = (results, partner) if 'gt_masks' in results else (partner, results)
    if len(lacking['gt_bboxes']):
        del having['gt_masks']
    else:
        lacking['gt_masks'] = having['gt_masks'][[]]
