"""Average of an image and a scaled, shifted partner, with merged texts."""

from __future__ import annotations

from mmengine.registry import TRANSFORMS
from mmyolo.datasets.transforms import YOLOXMixUp

from yolo_world.datasets.transforms.multi_modal_mixing import MultiModalMixing


@TRANSFORMS.register_module()
class YOLOXMultiModalMixUp(MultiModalMixing, YOLOXMixUp):
    """Half of the image plus half of a partner that was scaled, flipped and cropped.

    A partner without boxes leaves the image as it is (its texts are merged all the same).

    Required keys: ``img, gt_bboxes, gt_bboxes_labels, gt_ignore_flags``; ``dataset`` unless
    cached; ``texts`` is used when it is there.
    Changed keys: these, and ``img_shape``. Masks and keypoints can't be mixed and raise.

    Args: those of mmyolo's ``YOLOXMixUp``; see ``MultiModalMixing`` for the common ones.

    Raises:
        InputValueError: the results hold ``gt_masks`` or ``gt_keypoints``.
    """

    unsupported_keys = ('gt_masks', 'gt_keypoints')
