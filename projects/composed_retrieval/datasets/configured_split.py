"""The data set of a config, whatever its key, on a split of one's choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.registry import DATASETS

from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from vl_runtime.errors import InputKeyError
from vl_runtime.launch import load_config


def configured_split(
    config: str | Path,
    split: str,
    *,
    cfg_options: Sequence[str] | None = None,
    check_images: bool = True,
) -> ComposedRetrievalDataset:
    """The first query data set that a recipe, or a part of one, describes; without a pipeline.

    Args:
        split: in place of the config's.
        cfg_options: ``KEY=VALUE`` texts that replace values of the config.
        check_images: see ``ComposedRetrievalDataset``.

    Raises:
        InputKeyError: there is no query data set in the config.
        InputFileNotFoundError, InputValueError: config or data can't be used.
    """
    content = load_config(config, cfg_options)
    found = next(_descriptions(content.to_dict()), None)
    if found is None:
        raise InputKeyError(
            f'{config}: expected a data set of composed retrieval (CIRRDataset, FashionIQDataset, '
            'CIRCODataset or OACIRRDataset), found none.'
        )
    found = {key: value for key, value in found.items() if key not in ('box_file', 'indices')}
    return DATASETS.build({**found, 'split': split, 'pipeline': [], 'check_images': check_images})


def _descriptions(value: Any) -> Iterator[dict]:
    """Registry dicts of query data sets in ``value``, depth first."""
    if isinstance(value, dict):
        known = DATASETS.get(value['type']) if isinstance(value.get('type'), str) else None
        if isinstance(known, type) and issubclass(known, ComposedRetrievalDataset):
            yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _descriptions(part)
