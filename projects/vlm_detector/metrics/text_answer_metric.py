"""Answers in words against the words that were expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vl_runtime.normalized_text import normalized
from vlm_detector.tasks import TASKS
from vlm_detector.tasks.industry import read_classification

_FIELDS = ('industry', 'company')


@METRICS.register_module()
class TextAnswerMetric(BaseMetric):
    """Exact and normalised match of answers in words, for each task by itself.

    Enters: ``task``, ``gt_answer`` (of ChooseTask) and ``answer`` (generated). Samples of tasks
    whose answer is no text are left out; the log says how many.

    Normalised: Unicode's compatibility form, without case, punctuation and repeated spaces.

    Returns (0..1, over the samples of the task):
        ``text/<task>/exact``: the answer, without spaces around it, is the expected one;
        ``text/<task>/normalized``: the same of the normalised texts;
        ``text/<task>/answered``: some words came and the end token in time;
        ``text/classification/industry``, ``company``: that line of the answer is right
        (normalised; a line that can't be found is wrong); ``industry_and_company``: both are;
        ``parse_rate``: both lines could be found.

    Raises:
        InputValueError: a sample without ``gt_answer``, or no sample with an answer in words.
    """

    default_prefix = 'text'

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Compare each answer."""
        for sample in data_samples:
            task = sample.get('task')
            if task not in TASKS or TASKS[task].answer != 'text':
                self.results.append({'task': task, 'scores': None})
                continue
            if 'gt_answer' not in sample:
                raise InputValueError(
                    f'image {sample.get("img_id")}: expected gt_answer for the task {task} in the '
                    'data sample, found none; put ChooseTask into the test pipeline.'
                )
            scores = text_scores(task, sample['answer'], sample['gt_answer'])
            scores['answered'] = bool(sample['answer'].strip()) and not sample.get('truncated')
            self.results.append({'task': task, 'scores': scores})

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Shares of each task; see the class."""
        compared = [one for one in results if one['scores'] is not None]
        others = Counter(str(one['task']) for one in results if one['scores'] is None)
        if not compared:
            raise InputValueError(
                f'TextAnswerMetric: expected samples with an answer in words, found {dict(others)}.'
            )
        if others:
            print_log(
                f'TextAnswerMetric: {len(compared)} samples; left out, not answered in words: '
                + ', '.join(f'{task} {count}' for task, count in sorted(others.items())),
                logger='current',
            )
        scores = {}
        for task in dict.fromkeys(one['task'] for one in compared):
            mine = [one['scores'] for one in compared if one['task'] == task]
            for key in mine[0]:
                scores[f'{task}/{key}'] = sum(one[key] for one in mine) / len(mine)
        return scores


def text_scores(task: str, answer: str, expected: str) -> dict[str, bool]:
    """What is right about one answer; see ``TextAnswerMetric``."""
    scores = {
        'exact': answer.strip() == expected.strip(),
        'normalized': normalized(answer) == normalized(expected),
    }
    if task == 'classification':
        found, wanted = read_classification(answer), read_classification(expected)
        right = {
            key: key in found and normalized(found[key]) == normalized(wanted.get(key, ''))
            for key in _FIELDS
        }
        scores |= right
        scores['industry_and_company'] = all(right.values())
        scores['parse_rate'] = all(key in found for key in _FIELDS)
    return scores
