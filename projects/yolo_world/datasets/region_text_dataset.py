"""COCO-style files whose objects, pictures and categories bring words of their own."""

from __future__ import annotations

from typing import Any

from mmdet.datasets import CocoDataset
from mmengine.registry import DATASETS
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset

OBJECT_KEYS = ('caption', 'phrase')


@DATASETS.register_module()
class RegionTextDataset(BatchShapePolicyDataset, CocoDataset):
    """``YOLOv5CocoDataset`` that keeps what mmdet's leaves behind.

    Of an image ``caption`` (a sentence), of an annotation ``caption`` (words about the object)
    and ``phrase``, of a category ``supercategory``: entries have ``caption``, their
    ``instances`` the same keys, and all entries share ``supercategories``, one for each label
    ('' where a category has none). Wrap it in ``MultiModalDataset`` for class texts.
    """

    _groups: tuple[str, ...] | None = None  # supercategory of each label

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """mmdet's entry and the words."""
        if self._groups is None:
            categories = [self.coco.cats[number] for number in self.cat_ids]
            self._groups = tuple(str(one.get('supercategory') or '') for one in categories)
        info = super().parse_data_info({**raw_data_info, 'raw_ann_info': []})
        info['caption'] = raw_data_info['raw_img_info'].get('caption')
        info['instances'] = [
            instance
            for annotation in raw_data_info['raw_ann_info']
            for instance in self._instances({**raw_data_info, 'raw_ann_info': [annotation]})
        ]
        return info

    def get_data_info(self, idx: int) -> dict:
        """The entry with ``supercategories``."""
        info = super().get_data_info(idx)
        info['supercategories'] = self._groups
        return info

    def _instances(self, raw: dict[str, Any]) -> list[dict]:
        """The instance of one annotation, if mmdet takes it, with its words."""
        (annotation,) = raw['raw_ann_info']
        words = {key: annotation[key] for key in OBJECT_KEYS if annotation.get(key)}
        return [{**one, **words} for one in super().parse_data_info(raw)['instances']]
