"""One vocabulary for several images that are mixed into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def merge_texts(results_list: Sequence[dict]) -> None:
    """Give all images one list of texts and labels that point into it.

    The merged list holds every synonym tuple once, in first-seen order, used or not; so
    the first image keeps its labels. When all images share one list object (a data set
    with fixed classes) there is nothing to do: their labels already agree.

    Args:
        results_list: images with ``texts`` (synonym lists) and ``gt_bboxes_labels``; both
            are replaced in place. Images without ``texts`` are left alone.
    """
    first = results_list[0].get('texts')
    if first is None or all(results.get('texts') is first for results in results_list):
        return
    position: dict[tuple[str, ...], int] = {}
    remap_of: dict[int, np.ndarray] = {}
    for results in results_list:
        texts = results['texts']
        if id(texts) not in remap_of:
            remap_of[id(texts)] = np.array(
                [position.setdefault(_synonyms(entry), len(position)) for entry in texts],
                dtype=np.int64,
            )
        labels = np.asarray(results['gt_bboxes_labels']).astype(np.int64)
        results['gt_bboxes_labels'] = remap_of[id(texts)][labels]
    merged = list(position)
    for results in results_list:
        results['texts'] = merged


def _synonyms(entry: str | Sequence[str]) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else tuple(entry)
