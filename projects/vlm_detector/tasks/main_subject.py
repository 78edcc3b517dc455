"""The one object that a picture is about."""

from __future__ import annotations

import numpy as np

from vlm_detector.tasks.annotated_objects import keep_objects, largest_object
from vlm_detector.tasks.task import Task

MAIN_SUBJECT = 'main subject'


class MainSubject(Task):
    """One box, or the empty answer; of several objects it is the largest."""

    name = 'main_subject'
    needs_texts = False
    labels = (MAIN_SUBJECT,)

    def missing(self, annotation) -> str:
        """Any picture can be asked."""
        return ''

    def narrow(self, results) -> None:
        """One object at most, named 'main subject' whatever its class is."""
        largest = largest_object(results)
        keep_objects(results, np.array([] if largest is None else [largest], dtype=np.int64))
        results['texts'] = [MAIN_SUBJECT]
