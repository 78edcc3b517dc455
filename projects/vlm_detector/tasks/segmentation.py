"""One phrase: the outlines of its objects."""

from __future__ import annotations

from vlm_detector.tasks.phrase_grounding import PhraseGrounding
from vlm_detector.tasks.task import single_objects


class Segmentation(PhraseGrounding):
    """Which pixels are this (referring expression segmentation)."""

    name = 'segmentation'
    answer = 'polygons'

    def missing(self, annotation) -> str:
        """A text, and a mask for every object."""
        if any(not item.get('mask') for item in single_objects(annotation)):
            return 'a mask (segmentation) for every object'
        return super().missing(annotation)
