"""Mosaic of nine images whose texts are merged."""

from __future__ import annotations

from mmengine.registry import TRANSFORMS
from mmyolo.datasets.transforms import Mosaic9

from yolo_world.datasets.transforms.multi_modal_mixing import MultiModalMixing


@TRANSFORMS.register_module()
class MultiModalMosaic9(MultiModalMixing, Mosaic9):
    """Nine images around the first; a random window of twice the input size is kept.

    Required keys: ``img, gt_bboxes, gt_bboxes_labels, gt_ignore_flags``; ``dataset`` unless
    cached; ``texts`` is used when it is there.
    Changed keys: these, and ``img_shape``. Masks and keypoints can't be mixed and raise.

    Args: those of mmyolo's ``Mosaic9``; see ``MultiModalMixing`` for the common ones.

    Raises:
        InputValueError: the results hold ``gt_masks`` or ``gt_keypoints``.
    """

    unsupported_keys = ('gt_masks', 'gt_keypoints')
