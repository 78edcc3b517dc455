"""What all transforms that mix images share: partners, texts, and the cache."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from mmdet.structures.bbox import autocast_box_type
from mmengine.dataset import BaseDataset
from numpy import random

from vl_runtime.errors import InputValueError
from yolo_world.datasets.explained_pipeline import annotation_file_of, run_pipeline
from yolo_world.datasets.transforms.merge_texts import merge_texts

# Read by every image of a data set and never changed, so copies share them.
_SHARED_KEYS = ('texts', 'dataset')
_FEWEST_CACHED = 4  # up to here a cached mix leaves the image as it is


class MultiModalMixing:
    """Put before one of mmyolo's mixing transforms: partners with their texts.

    Replaces mmyolo's ``transform``. It draws U(0, 1) against ``prob``, takes partners from
    ``results['dataset']`` (or from the cache), passes them through ``pre_transform``, merges
    the texts of all images, lets ``mix_img_transform`` mix, and puts ``dataset`` back.
    Random numbers come from numpy's global generator.

    Partners are private copies except for their texts, which stay shared.

    Raises:
        AssertionError: no ``dataset`` in the results and no cache.
        InputValueError: keys that this mix can't handle; no partner after
            ``max_refetch`` tries.
        UserInputError: a partner's image can't be read.
    """

    unsupported_keys: Sequence[str] = ('gt_keypoints',)

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        """Mix the image with its partners."""
        if random.uniform(0, 1) > self.prob:
            return results
        if not self.use_cached and 'dataset' not in results:
            raise AssertionError(
                f'{type(self).__name__}: expected the data set under results["dataset"], found '
                'none; use it in the pipeline of a training data set.'
            )
        dataset = results.pop('dataset', None)
        try:
            if self.use_cached and not self._remember(results):
                return results
            for key in self.unsupported_keys:
                if key in results:
                    raise InputValueError(f'{type(self).__name__} cannot mix {key}.')
            results['mix_results'] = self._partners(dataset)
            merge_texts([results, *results['mix_results']])
            results = self.mix_img_transform(results)
            results.pop('mix_results', None)
        finally:
            if dataset is not None:
                results['dataset'] = dataset
        return results

    def _remember(self, results: dict) -> bool:
        """Put a copy into the cache; whether the cache holds enough to mix."""
        self.results_cache.append(_private_copy(results))
        if len(self.results_cache) > self.max_cached_images:
            newest = len(self.results_cache) - 1
            self.results_cache.pop(random.randint(0, newest) if self.random_pop else 0)
        return len(self.results_cache) > _FEWEST_CACHED

    def _partners(self, dataset: Any) -> list[dict]:
        source = self.results_cache if self.use_cached else dataset
        for _ in range(self.max_refetch):
            indexes = self.get_indexes(source)
            indexes = indexes if isinstance(indexes, Sequence) else [indexes]
            if self.use_cached:
                partners = [_private_copy(source[index]) for index in indexes]
            else:
                partners = [_fresh_data_info(dataset, index) for index in indexes]
            partners = [
                self._prepared(partner, dataset, index)
                for partner, index in zip(partners, indexes, strict=True)
            ]
            if all(partner is not None for partner in partners):
                return partners
        raise InputValueError(
            f'{type(self).__name__}: pre_transform gave no image in {self.max_refetch} tries; '
            'one of its transforms drops every image.'
        )

    def _prepared(self, partner: dict, dataset: Any, index: int) -> dict | None:
        if self.pre_transform is None:
            return partner
        partner['dataset'] = dataset
        where = f'{annotation_file_of(dataset)}, image index {index}'
        prepared = run_pipeline(self.pre_transform, partner, where)
        if prepared is not None:
            prepared.pop('dataset', None)
        return prepared


def _fresh_data_info(dataset: Any, index: int) -> dict:
    """The data set's entry, to be changed freely; copied unless it already is private."""
    data_info = dataset.get_data_info(index)
    if getattr(dataset, 'returns_fresh_data_info', isinstance(dataset, BaseDataset)):
        return data_info
    return _private_copy(data_info)


def _private_copy(results: dict) -> dict:
    shared = {key: results[key] for key in _SHARED_KEYS if key in results}
    rest = {key: value for key, value in results.items() if key not in shared}
    return {**copy.deepcopy(rest), **shared}
