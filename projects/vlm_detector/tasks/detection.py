"""All texts at once: every box with its label."""

from __future__ import annotations

from vlm_detector.tasks.task import Task


class Detection(Task):
    """Where is what; a picture without objects has the empty answer."""

    name = 'detection'

    def missing(self, annotation) -> str:
        """Any picture can be asked."""
        return ''

    def narrow(self, results) -> None:
        """Everything is part of the answer."""
