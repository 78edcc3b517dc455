"""Every object with words of its own."""

from __future__ import annotations

import copy

import numpy as np

from vlm_detector.tasks.annotated_objects import values_of_objects
from vlm_detector.tasks.task import Task, single_objects

REGION = 'region'


class DenseRegionCaption(Task):
    """Boxes with the ``caption`` of their annotations, or with their class texts without any.

    Captions are free words, so boxes are read whatever they are called, as one class.
    """

    name = 'dense_region_caption'
    needs_texts = False
    labels = (REGION,)

    def missing(self, annotation) -> str:
        """An object; captions for all of them or for none."""
        objects = single_objects(annotation)
        if not objects:
            return 'an object'
        without = [item for item in objects if not item.get('caption')]
        return 'a caption for every object' if 0 < len(without) < len(objects) else ''

    def narrow(self, results) -> None:
        """Adds ``region_captions`` (one for each object), where there are captions."""
        captions = values_of_objects(results, 'caption')
        if any(captions):
            results['region_captions'] = [caption or REGION for caption in captions]
            results['gt_bboxes_labels'] = np.zeros(len(captions), dtype=np.int64)
            results['texts'] = [REGION]

    def codec(self, codec, texts):
        """One that takes any words for a region."""
        if texts != (REGION,):
            return codec
        tolerant = copy.copy(codec)
        tolerant.other_class = REGION
        return tolerant
