"""Files for the test servers of CIRR and CIRCO, checked against the split before they are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from composed_retrieval.datasets.circo_dataset import CIRCODataset
from composed_retrieval.datasets.cirr_dataset import CIRRDataset
from composed_retrieval.datasets.composed_query import ComposedQuery
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from composed_retrieval.ranking.query_ranking import QueryRanking
from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputKeyError, InputValueError

_NAMES = 50
_SUBSET_NAMES = 3
_MOST_BYTES = 5 * 10**6  # what CIRR's server takes


def make_submission(
    answers: Sequence[QueryRanking], dataset: ComposedRetrievalDataset, out_dir: str | Path
) -> list[Path]:
    """Write what the data set's server expects; nothing is written unless all of it is right.

    CIRR: ``cirr_recall.json`` (50 names a query) and ``cirr_recall_subset.json`` (3), the
    reference never among them. CIRCO: ``circo.json`` (50 image ids a query).

    Args:
        answers: one for each query of the split, in any order.
        dataset: the split that was ranked.

    Raises:
        InputKeyError: a query or a picture that the split does not have.
        InputValueError: a data set without a server, a query that is missing or there twice,
            too few names, a name twice, or a file above the server's limit.
    """
    if not isinstance(dataset, CIRRDataset | CIRCODataset):
        raise InputValueError(
            f'submission: expected CIRR or CIRCO, which have test servers, found {dataset.NAME}.'
        )
    by_id = _by_id(answers, dataset)
    if isinstance(dataset, CIRRDataset):
        contents = _cirr_contents(by_id, dataset)
    else:
        contents = {'circo.json': _circo_content(by_id, dataset)}
    texts = {name: json.dumps(content) for name, content in contents.items()}
    for name, text in texts.items():
        if len(text) > _MOST_BYTES:
            raise InputValueError(
                f'{name}: expected at most {_MOST_BYTES} bytes, found {len(text)}.'
            )
    paths = [Path(out_dir) / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write_text(path, text)
    return paths


def _by_id(
    answers: Sequence[QueryRanking], dataset: ComposedRetrievalDataset
) -> dict[str, QueryRanking]:
    by_id: dict[str, QueryRanking] = {}
    known = {query.query_id for query in dataset.queries}
    for index, answer in enumerate(answers):
        where = f'submission: answer {index}'
        if answer.query_id not in known:
            raise InputKeyError(
                f'{where}: query {answer.query_id!r} is not among the {len(known)} of '
                f'{dataset.NAME} {dataset.split}.'
            )
        if answer.query_id in by_id:
            raise InputValueError(f'{where}: query {answer.query_id!r} is there twice.')
        by_id[answer.query_id] = answer
    missing = [query.query_id for query in dataset.queries if query.query_id not in by_id]
    if missing:
        raise InputValueError(
            f'submission: expected an answer to each of {len(known)} queries of {dataset.NAME} '
            f'{dataset.split}, {len(missing)} are missing, first: {missing[0]!r}.'
        )
    return by_id


def _cirr_contents(
    by_id: Mapping[str, QueryRanking], dataset: CIRRDataset
) -> dict[str, dict[str, Any]]:
    recall: dict[str, Any] = {'version': 'rc2', 'metric': 'recall'}
    subset: dict[str, Any] = {'version': 'rc2', 'metric': 'recall_subset'}
    gallery = set(dataset.galleries[dataset.split])
    for query in dataset.queries:
        answer, others = by_id[query.query_id], gallery - {query.reference}
        members = set(query.subset) - {query.reference}
        recall[query.query_id] = _checked(answer.ranking, query, others, _NAMES)
        subset[query.query_id] = _checked(answer.subset_ranking, query, members, _SUBSET_NAMES)
    return {'cirr_recall.json': recall, 'cirr_recall_subset.json': subset}


def _circo_content(
    by_id: Mapping[str, QueryRanking], dataset: CIRCODataset
) -> dict[str, list[int]]:
    gallery = set(dataset.galleries[dataset.split])
    return {
        query.query_id: [
            int(name) for name in _checked(by_id[query.query_id].ranking, query, gallery, _NAMES)
        ]
        for query in dataset.queries
    }


def _checked(
    names: Sequence[str], query: ComposedQuery, allowed: set[str], number: int
) -> list[str]:
    """The first ``number`` of ``names`` that may be submitted; the reference is passed over."""
    where = f'submission: query {query.query_id}'
    unknown = [name for name in names if name not in allowed and name != query.reference]
    if unknown:
        raise InputKeyError(f'{where}: {unknown[0]!r} is not among its {len(allowed)} candidates.')
    chosen = [name for name in names if name in allowed][:number]
    wanted = min(number, len(allowed))
    if len(chosen) != wanted or len(set(chosen)) != wanted:
        raise InputValueError(
            f'{where}: expected {wanted} different names without the reference, found '
            f'{len(set(chosen))} of {len(names)}.'
        )
    return chosen
