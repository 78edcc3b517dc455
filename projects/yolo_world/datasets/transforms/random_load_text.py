"""A random part of the vocabulary per training image."""

from __future__ import annotations

import random

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError
from yolo_world.datasets.transforms.class_texts import (
    check_prompt_format,
    class_texts_of,
    load_class_texts,
)

_PER_BOX_KEYS = ('gt_bboxes', 'gt_ignore_flags', 'gt_masks', 'gt_keypoints')


@TRANSFORMS.register_module()
class RandomLoadText(BaseTransform):
    """Prompts of the classes in the image and of random others, in random order.

    Positives are the classes of the image (a random ``max_num_samples`` of them when there
    are more); negatives are drawn from the rest. Every class is named by one of its
    synonyms. Boxes of classes that were not drawn are removed with everything that
    belongs to a box (flags, masks); the other labels become positions in the prompts.

    Required keys: ``gt_labels`` or ``gt_bboxes_labels``; ``texts`` (synonym lists), unless
    ``text_path`` is given.
    Changed keys: the labels, ``gt_bboxes``, ``gt_ignore_flags``, ``gt_masks``, ``instances``
    (those that are there); ``texts``, a list of strings.

    Args:
        text_path: JSON list of synonym lists, for results without ``texts``.
        prompt_format: the prompt, with ``{}`` for the name.
        num_neg_samples: least and most negatives.
        max_num_samples: most prompts.
        padding_to_max: fill up to ``max_num_samples`` prompts with ``padding_value``.
        padding_value: the filling prompt.

    Raises:
        AssertionError: neither ``texts`` nor ``text_path``.
        ValueError: no labels, or a label beyond the texts.
    """

    def __init__(
        self,
        text_path: str | None = None,
        prompt_format: str = '{}',
        num_neg_samples: tuple[int, int] = (80, 80),
        max_num_samples: int = 80,
        padding_to_max: bool = False,
        padding_value: str = '',
    ) -> None:
        check_prompt_format(prompt_format)
        if not 0 <= num_neg_samples[0] <= num_neg_samples[1]:
            raise InputValueError(
                f'num_neg_samples: expected (least, most) with 0 <= least <= most, '
                f'found {tuple(num_neg_samples)}.'
            )
        if max_num_samples < 1:
            raise InputValueError(f'max_num_samples: expected 1 or more, found {max_num_samples}.')
        self.prompt_format = prompt_format
        self.num_neg_samples = tuple(num_neg_samples)
        self.max_num_samples = max_num_samples
        self.padding_to_max = padding_to_max
        self.padding_value = padding_value
        self.class_texts = load_class_texts(text_path)

    def transform(self, results: dict) -> dict:
        """Draw the prompts and bring boxes and labels in line with them."""
        texts = class_texts_of(results, self.class_texts)
        label_key = _label_key(results)
        labels = np.asarray(results[label_key]).astype(np.int64)
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(texts):
            raise InputValueError(
                f'{results.get("img_path")}: expected labels from 0 to {len(texts) - 1} '
                f'({len(texts)} class texts), found {labels.min()} to {labels.max()}.'
            )
        drawn = self._draw(labels, len(texts))
        position = np.full(len(texts), -1, dtype=np.int64)
        position[drawn] = np.arange(len(drawn))
        _keep_drawn(results, label_key, position[labels])
        if 'instances' in results:
            results['instances'] = [
                {**instance, 'bbox_label': int(position[instance['bbox_label']])}
                for instance in results['instances']
                if 0 <= instance['bbox_label'] < len(texts)
                and position[instance['bbox_label']] >= 0
            ]
        results['texts'] = self._prompts(texts, drawn)
        return results

    def _draw(self, labels: np.ndarray, num_classes: int) -> list[int]:
        """Positive and negative classes in random order."""
        positives = list(set(labels.tolist()))
        if len(positives) > self.max_num_samples:
            # Back through a set: published runs shuffled the sample in this order.
            positives = list(set(random.sample(positives, self.max_num_samples)))
        num_negatives = min(
            min(num_classes, self.max_num_samples) - len(positives),
            random.randint(*self.num_neg_samples),
        )
        negatives = random.sample(range(num_classes - len(positives)), num_negatives)
        drawn = positives + _skip_over(positives, negatives)
        random.shuffle(drawn)
        return drawn

    def _prompts(self, texts, drawn: list[int]) -> list[str]:
        prompts = []
        for index in drawn:
            synonyms = texts[index]
            prompts.append(self.prompt_format.format(synonyms[random.randrange(len(synonyms))]))
        if self.padding_to_max:
            prompts += [self.padding_value] * (self.max_num_samples - len(prompts))
        return prompts


def _skip_over(taken: list[int], places: list[int]) -> list[int]:
    """The indexes at ``places`` among those that aren't ``taken``, without listing them."""
    gaps = np.sort(np.array(taken, dtype=np.int64)) - np.arange(len(taken))
    return (np.array(places, dtype=np.int64) + gaps.searchsorted(places, side='right')).tolist()


def _label_key(results: dict) -> str:
    for key in ('gt_labels', 'gt_bboxes_labels'):
        if key in results:
            return key
    raise InputValueError(
        'RandomLoadText: expected gt_labels or gt_bboxes_labels in the results, found neither; '
        'put LoadAnnotations before it.'
    )


def _keep_drawn(results: dict, label_key: str, labels: np.ndarray) -> None:
    """Write the new labels; a box with label -1 goes, with all that belongs to it."""
    keep = labels >= 0
    results[label_key] = labels[keep]
    if keep.all():
        return
    for key in _PER_BOX_KEYS:
        if results.get(key) is not None:
            results[key] = results[key][keep]
