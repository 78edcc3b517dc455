"""Weighted sum of two images whose texts are merged."""

from __future__ import annotations

from mmengine.registry import TRANSFORMS
from mmyolo.datasets.transforms import YOLOv5MixUp

from vl_runtime.errors import InputValueError
from yolo_world.datasets.transforms.multi_modal_mixing import MultiModalMixing


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
        return super().mix_img_transform(results)


def _agree_on_masks(results: dict, partner: dict) -> None:
    """Both have ``gt_masks`` or none: missing masks are empty, or all masks are dropped."""
    if ('gt_masks' in results) == ('gt_masks' in partner):
        return
    having, lacking = (results, partner) if 'gt_masks' in results else (partner, results)
    if len(lacking['gt_bboxes']):
        del having['gt_masks']
    else:
        lacking['gt_masks'] = having['gt_masks'][[]]
