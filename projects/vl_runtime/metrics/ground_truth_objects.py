"""The annotated objects of a sample, from an annotation file or from the sample itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.annotation_file import category_ids, load_annotation_file
from vl_runtime.metrics.data_sample_boxes import annotated_boxes


class GroundTruthObjects:
    """Finds the objects of a data sample.

    Args:
        ann_file: COCO-style JSON in original pixels, looked up by ``img_id``; None reads
            the objects that travel in the sample (see ``annotated_boxes``).
        with_masks: of a file: check and keep ``segmentation``.

    Raises:
        InputValueError: broken file.
    """

    def __init__(self, ann_file: str | None = None, *, with_masks: bool = False) -> None:
        self.source = str(ann_file) if ann_file else 'the data samples'
        self._content = load_annotation_file(ann_file, with_masks=with_masks) if ann_file else None
        self._by_image: dict[Any, list[dict]] = {}
        self._num_classes = 0

    def set_classes(self, classes: Sequence[str]) -> None:
        """Tell the class names, in label order; needed before ``of``.

        Raises:
            InputValueError: no class is a category of the file.
        """
        self._num_classes = len(classes)
        if self._content is None:
            return
        ids = category_ids(self._content['categories'], classes, self.source)
        labels = {number: label for label, number in enumerate(ids) if number is not None}
        self._by_image = {image['id']: [] for image in self._content['images']}
        for item in self._content['annotations']:
            if item['category_id'] in labels:
                objects = self._by_image[item['image_id']]
                objects.append(dict(item, category_id=labels[item['category_id']]))

    def of(self, sample: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Annotations of one sample: ``bbox`` (xywh), ``category_id`` (label), ``iscrowd``.

        Raises:
            InputValueError: the picture isn't in the file, or the sample holds no objects.
        """
        if self._content is None:
            return annotated_boxes(sample, self._num_classes)
        if sample['img_id'] not in self._by_image:
            raise InputValueError(
                f'{self.source}: picture {sample["img_id"]!r} was evaluated, but is not among '
                f'the {len(self._by_image)} images of the file.'
            )
        return self._by_image[sample['img_id']]
