"""Pictures of results: what is there in green, what was predicted in red with score and IoU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vl_runtime.image_files import read_image
from vl_runtime.reports.image_result import ImageResult
from vl_runtime.visualization import draw_boxes

_RED, _GREEN = 0, 1  # numbers of colours in vl_runtime.visualization
_MOST_BOXES = 20
# A detector that scores every place always has boxes; below this nobody would show them.
_DENSE_THRESHOLD = 0.3


def shown_boxes(result: ImageResult) -> np.ndarray:
    """Indices of the predicted boxes that a picture shows, best score first.

    All boxes of an answer in words; of a detector those with a score of at least 0.3, and the
    best one in any case. Never more than 20.
    """
    order = np.argsort(-result.scores, kind='stable')
    if result.answer is None:
        count = max(1, int((result.scores >= _DENSE_THRESHOLD).sum()))
        order = order[:count]
    return order[:_MOST_BOXES]


def draw_result(result: ImageResult, classes: Sequence[str]) -> np.ndarray:
    """The picture with both kinds of boxes, (H, W, 3), uint8, BGR.

    Raises:
        InputFileNotFoundError, InputValueError: the picture can't be read.
    """
    texts = classes if result.texts is None else result.texts
    shown = shown_boxes(result)
    names = [_name(texts, label) for label in result.true_labels]
    names += [
        f'{_name(texts, result.labels[k])} {result.scores[k]:.2f} IoU {result.box_ious[k]:.2f}'
        for k in shown
    ]
    boxes = np.concatenate([result.true_boxes, result.boxes[shown]])
    colours = [_GREEN] * len(result.true_boxes) + [_RED] * len(shown)
    return draw_boxes(read_image(result.path), boxes, names, labels=colours)


def worst_and_best(
    results: Sequence[ImageResult], count: int
) -> tuple[list[ImageResult], list[ImageResult]]:
    """The ``count`` results of lowest and of highest mean IoU, no result in both.

    Results without objects have none and are left out. Equal ones keep their order.
    """
    ranked = sorted(
        (one for one in results if one.quality is not None), key=lambda one: one.quality
    )
    worst = ranked[:count]
    best = ranked[len(worst) :][::-1][:count]
    return worst, best


def name_of(result: ImageResult, names: Mapping[str, str]) -> str:
    """The picture's name in ``names`` (see ``short_names``), or its key where it has no path."""
    return names.get(result.path) or result.key


def caption_of(result: ImageResult, names: Mapping[str, str]) -> str:
    """Name and mean IoU."""
    quality = 'no object' if result.quality is None else f'mean IoU {result.quality:.2f}'
    return f'{name_of(result, names)}: {quality}'


def _name(texts: Sequence[str], label: int) -> str:
    return texts[label] if label < len(texts) else f'class {label}'
