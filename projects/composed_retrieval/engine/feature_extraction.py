"""Features of a gallery and of queries, each picture and each query once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine import dist
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from composed_retrieval.datasets.content_digests import pictures_digest, preprocessing_digest
from composed_retrieval.datasets.transforms.cached_tokens import without_cache
from composed_retrieval.engine.feature_table import FeatureTable
from composed_retrieval.ranking.gallery_index import GalleryIndex, GalleryIndexWriter, IndexKey
from vl_runtime.checkpoints import unwrap
from vl_runtime.errors import InputFileNotFoundError, InputValueError


def index_key(model: nn.Module, gallery: DataLoader) -> IndexKey:
    """What features of ``gallery`` depend on."""
    steps = gallery.dataset.pipeline.transforms
    return IndexKey(
        unwrap(model).fingerprint(),
        preprocessing_digest(without_cache(steps)),
        pictures_digest(gallery.dataset.images),
    )


def gallery_features(
    model: nn.Module, gallery: DataLoader, index_dir: str | Path | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """(names, features (N, K, D)) of a gallery data set, in its order.

    Args:
        model: has ``forward(inputs, data_samples, mode='tensor')`` and ``fingerprint()``.
        gallery: batches of a ``GalleryDataset``.
        index_dir: keep the features there, in half precision. An index of the same weights,
            preprocessing and names is taken as it is; any other one is replaced.
    """
    names = tuple(item['image']['name'] for item in _items(gallery))
    key = index_key(model, gallery)
    kept = _kept(index_dir, key, names)
    if kept is not None:
        return names, kept
    writer = None if index_dir is None else GalleryIndexWriter(index_dir, names, key)
    table = FeatureTable(names, 'gallery pictures', writer)
    for samples, features in _extracted(model, gallery, 'gallery'):
        table.put([sample.get('image')['name'] for sample in samples], features)
    return names, table.finish()


def query_features(
    model: nn.Module,
    queries: DataLoader,
    before: Callable[[int, Any], None] = lambda index, batch: None,
    after: Callable[[int, Any], None] = lambda index, batch: None,
) -> tuple[list[Mapping[str, Any]], Tensor]:
    """(items, features (Q, D)) of a query data set, in its order.

    Args:
        before, after: called around each batch with its number and itself.
    """
    items = _items(queries)
    table = FeatureTable([item['query_id'] for item in items], 'queries')
    for samples, features in _extracted(model, queries, 'queries', before, after):
        table.put([sample.get('query_id') for sample in samples], features)
    return items, torch.from_numpy(table.finish())


def _items(loader: DataLoader) -> list[dict[str, Any]]:
    return [loader.dataset.get_data_info(index) for index in range(len(loader.dataset))]


def _kept(index_dir: str | Path | None, key: IndexKey, names: Sequence[str]) -> np.ndarray | None:
    """The features of an index that was made for this; None where it must be made."""
    if index_dir is None:
        return None
    try:
        index = GalleryIndex.open(index_dir, key)
    except InputFileNotFoundError:
        return None
    except InputValueError as error:
        print_log(f'{error} It is built anew.', 'current', logging.INFO)
        return None
    return index.features if index.names == tuple(names) else None


@torch.no_grad()
def _extracted(
    model: nn.Module,
    loader: DataLoader,
    what: str,
    before: Callable[[int, Any], None] = lambda index, batch: None,
    after: Callable[[int, Any], None] = lambda index, batch: None,
) -> Iterator[tuple[Sequence[Any], Tensor]]:
    """Data samples and features of each batch; the model is in evaluation mode meanwhile."""
    model = unwrap(model)
    training = model.training
    model.eval()
    shown = dist.is_main_process()
    bar = tqdm(loader, desc=what, unit='batch', leave=False, disable=None if shown else True)
    for index, batch in enumerate(bar):
        before(index, batch)
        data = model.data_preprocessor(batch, False)
        features = model(data['inputs'], data['data_samples'], mode='tensor')
        after(index, batch)
        yield data['data_samples'], features
    model.train(training)
