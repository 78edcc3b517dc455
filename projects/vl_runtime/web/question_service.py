"""What the question tab does, without a page: a task, phrases and a picture in, answers out."""

from __future__ import annotations

import numpy as np

from vl_runtime.asked_task import AskedTask, task_named
from vl_runtime.inference import Predictor
from vl_runtime.prediction import Prediction, below_the_threshold
from vl_runtime.reports.weight_versions import versions_of, weights_in_use
from vl_runtime.web.page_service import PageService
from vl_runtime.web.phrases import parse_phrases
from vl_runtime.web.shown_result import ShownResult, counted, drawn, rows_of

_READ = {
    'ok': 'the answer has the expected form',
    'recovered': 'the answer had to be repaired',
    'empty_ok': 'the answer says that there is nothing',
    'fail': 'the answer could not be read',
}


class QuestionService(PageService):
    """Asks a model that answers in words about one picture at a time, for any visitors.

    Vocabulary and adapter belong to the model, so calls wait for each other.

    Args:
        predictor: one with ``tasks``.
    """

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self.versions = versions_of(predictor.model)

    @property
    def tasks(self) -> tuple[AskedTask, ...]:
        """What can be asked; at least one."""
        return self._predictor.tasks

    @property
    def texts(self) -> tuple[str, ...]:
        """The classes of the recipe."""
        return self._predictor.recipe_texts

    def task(self, name: str) -> AskedTask:
        """The task called ``name``; InputKeyError if there is none."""
        return task_named(name, self.tasks)

    def ask(
        self,
        image: np.ndarray | None,
        task: str,
        phrases: str = '',
        *,
        score_threshold: float = 0.0,
        max_boxes: int = 100,
    ) -> list[ShownResult]:
        """The answers of all ``versions`` of the weights, in their order.

        Args:
            image: (H, W, 3) uint8 RGB; None when there is none yet.
            task: name of one of ``tasks``.
            phrases: separated by commas or line breaks; none for the recipe's classes, where
                the task asks for all of them at once.
            score_threshold: least score of a box.
            max_boxes: the best ones.

        Raises:
            InputKeyError: the model can't be asked this.
            InputValueError: no picture, no phrase, a phrase twice, or numbers out of range.
        """
        asked = self.task(task)
        picture = self._picture(image)
        texts = self._texts_of(asked, phrases)
        settings = {'score_threshold': score_threshold, 'max_boxes': int(max_boxes)}
        found = []
        with self._lock:
            for version in self.versions:
                with weights_in_use(self._predictor.model, version):
                    found += self._predictor.predict(picture, texts, task=task, **settings)
        return [
            self._shown(asked, one, picture, {'task': task, 'weights': version, **settings})
            for version, one in zip(self.versions, found, strict=True)
        ]

    def _texts_of(self, asked: AskedTask, phrases: str) -> list[str] | None:
        """None for what the predictor looks for by itself."""
        if asked.texts == 'none':
            return None
        if asked.texts == 'all' and self.texts and not (phrases or '').strip():
            return None
        return parse_phrases(phrases)

    def _shown(
        self, asked: AskedTask, found: Prediction, picture: np.ndarray, info: dict
    ) -> ShownResult:
        words = asked.answer == 'text'
        return ShownResult(
            None if words else drawn(found, picture),
            rows_of(found),
            self._files.write_coco(found, picture, info),
            _summary(asked, found, info['score_threshold']),
            found.answer,
        )


def _summary(asked: AskedTask, found: Prediction, score_threshold: float) -> str:
    parts = []
    if len(found):
        parts.append(counted(found))
    elif asked.answer != 'text':
        parts.append('No box')
        if found.best_score:
            least = f'has a score of {score_threshold:g} or more'
            parts[0] += f' {least}; {below_the_threshold(found.best_score)}'
    answer = found.answer
    if answer is not None:
        status = f'Parse status {answer.parse_status}: {_READ[answer.parse_status]}'
        if asked.answer == 'text' and answer.parse_status == 'empty_ok':
            status = 'Parse status empty_ok: the answer has no words'
        parts.append(status + (', and was cut at its longest length' * answer.truncated))
    return '. '.join(parts) + '.'
