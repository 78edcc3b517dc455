"""A ranking file, and the split that it is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from composed_retrieval.datasets.configured_split import configured_split
from composed_retrieval.ranking.query_ranking import QueryRanking
from composed_retrieval.ranking.ranking_file import read_ranking_file
from vl_runtime.errors import InputValueError


def ranked_split(
    ranking: str | Path, config: str | Path, cfg_options: Sequence[str] | None = None
) -> tuple[list[QueryRanking], ComposedRetrievalDataset]:
    """The answers of a ranking file, and its split by the data set of ``config`` (no pictures).

    Raises:
        InputValueError: the file is of another data set, or can't be used.
    """
    about, answers = read_ranking_file(ranking)
    split = about.get('split')
    dataset = configured_split(config, split, cfg_options=cfg_options, check_images=False)
    if about.get('dataset') != dataset.NAME:
        raise InputValueError(
            f'{ranking}: expected a ranking of {dataset.NAME}, found one of '
            f'{about.get("dataset")!r}.'
        )
    return answers, dataset
