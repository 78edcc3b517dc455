"""An already checked COCO annotation file behind the interface of mmdet's ``COCO``."""

from __future__ import annotations

from collections import defaultdict

from mmdet.datasets.api_wrappers import COCO

from vl_runtime.data_checks import area_of


class CocoIndex(COCO):
    """``COCO`` made from a dictionary: no second parsing, nothing printed.

    Args:
        dataset: content of the annotation file with ``images``, ``annotations`` and,
            unless it is a grounding file, ``categories``. Annotations without ``area`` get the
            one of their box.
    """

    def __init__(self, dataset: dict) -> None:
        super().__init__()
        self.dataset = dataset
        self.imgs = {image['id']: image for image in dataset['images']}
        self.anns = {annotation['id']: annotation for annotation in dataset['annotations']}
        self.cats = {category['id']: category for category in dataset.get('categories', ())}
        self.imgToAnns = defaultdict(list)
        self.catToImgs = defaultdict(list)
        for annotation in dataset['annotations']:
            annotation['area'] = area_of(annotation)
            self.imgToAnns[annotation['image_id']].append(annotation)
            self.catToImgs[annotation.get('category_id')].append(annotation['image_id'])
        self.img_ann_map = self.imgToAnns
        self.cat_img_map = self.catToImgs
