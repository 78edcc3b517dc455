"""One phrase: its boxes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from vl_runtime.errors import InputValueError
from vlm_detector.tasks.annotated_objects import keep_objects, not_crowds
from vlm_detector.tasks.task import Task


class PhraseGrounding(Task):
    """Where is this; the phrase is one of the texts, by chance one that the picture shows.

    ``phrase_label`` of the results chooses the text. A picture that shows none is asked for any.
    """

    name = 'phrase_grounding'
    one_text_per_prompt = True

    def missing(self, annotation) -> str:
        """A text is needed, the picture need not show it."""
        texts = annotation.get('texts') or ()
        named = any((text if isinstance(text, str) else text[0]).strip() for text in texts)
        return '' if named else 'a text to ask for'

    def narrow(self, results) -> None:
        """The phrase and its objects."""
        labels = np.asarray(results['gt_bboxes_labels'])
        chosen = results.get('phrase_label')
        if chosen is None:
            chosen = _drawn(results['texts'], labels[not_crowds(results)])
        keep_objects(results, labels == chosen)
        results['texts'] = [results['texts'][chosen]]


def _drawn(texts: Sequence[str], labels: np.ndarray) -> int:
    named = [index for index, text in enumerate(texts) if text.strip()]
    shown = sorted(set(labels.tolist())) or named
    if not shown:
        raise InputValueError('phrase_grounding: expected a text to ask for, found none.')
    return random.choice(shown)
