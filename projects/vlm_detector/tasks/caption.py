"""A sentence about the picture."""

from __future__ import annotations

from vlm_detector.tasks.task import Task


class Caption(Task):
    """The ``caption`` of the image in the annotation file."""

    name = 'caption'
    answer = 'text'
    needs_texts = False

    def missing(self, annotation) -> str:
        """A caption."""
        return '' if annotation.get('caption') else 'a caption'

    def narrow(self, results) -> None:
        """Adds ``gt_answer``."""
        results['gt_answer'] = results['caption']
