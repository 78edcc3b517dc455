"""What a model ranks first, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from composed_retrieval.datasets.composed_query import ComposedQuery
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from composed_retrieval.ranking.query_ranking import QueryRanking
from vl_runtime.image_files import read_image, write_image
from vl_runtime.visualization import image_grid

NUM_SHOWN = 5
_GREEN = (60, 170, 50)
_FRAME = 0.04  # of the side
_CELL = 160


def draw_rankings(
    answers: Sequence[QueryRanking], dataset: ComposedRetrievalDataset, path: str | Path
) -> None:
    """A row a query: the reference with its text, then the five best, the target framed green.

    Args:
        answers: of queries of ``dataset``; the reference is passed over.
    """
    queries = {query.query_id: query for query in dataset.queries}
    pictures: list[np.ndarray] = []
    captions: list[str] = []
    for answer in answers:
        query = queries[answer.query_id]
        pictures.append(_picture(dataset, query.reference))
        captions.append(query.caption)
        for place, name in enumerate(best_names(answer, query), start=1):
            right = name == query.target
            pictures.append(_framed(_picture(dataset, name)) if right else _picture(dataset, name))
            captions.append(f'{place}: the target' if right else str(place))
    grid = image_grid(pictures, captions, columns=NUM_SHOWN + 1, cell_size=_CELL)
    write_image(Path(path), grid)


def best_names(answer: QueryRanking, query: ComposedQuery) -> list[str]:
    """The five best without the reference."""
    return [name for name in answer.ranking if name != query.reference][:NUM_SHOWN]


def _picture(dataset: ComposedRetrievalDataset, name: str) -> np.ndarray:
    image = read_image(str(dataset.images[name]))
    return cv2.resize(image, (_CELL, _CELL), interpolation=cv2.INTER_CUBIC)


def _framed(image: np.ndarray) -> np.ndarray:
    width = max(2, round(_FRAME * max(image.shape[:2])))
    height, breadth = image.shape[:2]
    return cv2.rectangle(image.copy(), (0, 0), (breadth - 1, height - 1), _GREEN, 2 * width)
