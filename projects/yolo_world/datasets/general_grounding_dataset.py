"""Grounding data whose boxes carry their name themselves."""

from __future__ import annotations

from mmengine.registry import DATASETS

from vl_runtime.errors import InputValueError
from yolo_world.datasets.mixed_grounding_dataset import YOLOv5MixedGroundingDataset


@DATASETS.register_module()
class YOLOv5GeneralGroundingDataset(YOLOv5MixedGroundingDataset):
    """As ``YOLOv5MixedGroundingDataset``, with the name in the annotation's ``tokens``.

    ``is_detection`` is 0: the boxes are pseudo labels of image-text pairs (CC3M).

    Raises:
        UserInputError: an annotation without ``tokens``; and as in the parent class.

    Source: YOLO-World, arXiv:2401.17270, pseudo labels.
    """

    is_detection = 0

    def _annotation_name(self, annotation: dict, image: dict) -> str:
        name = annotation.get('tokens')
        if not isinstance(name, str):
            raise InputValueError(
                f'{self.ann_file}: annotation id {annotation["id"]}: expected tokens, the name '
                f'of the box, found {name!r}.'
            )
        return name
