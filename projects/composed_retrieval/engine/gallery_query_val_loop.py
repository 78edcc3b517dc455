"""Validation of composed retrieval: a gallery, then the queries that rank it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine import dist
from mmengine.evaluator import Evaluator
from mmengine.registry import LOOPS
from mmengine.runner import BaseLoop, Runner
from mmengine.runner.amp import autocast
from torch.utils.data import DataLoader

from composed_retrieval.engine.feature_extraction import gallery_features, query_features
from composed_retrieval.ranking.query_ranking import QueryRanking, rank_queries


@LOOPS.register_module()
class GalleryQueryValLoop(BaseLoop):
    """Features of every gallery picture and of every query once, one ranking, the metrics.

    The metrics get the items of the query data set with ``ranking`` and ``subset_ranking``.
    With several processes each computes its share of features and of rankings; every query
    counts once.

    Args:
        runner: mmengine's.
        dataloader: of the queries.
        evaluator: metrics such as ``CIRRMetric``.
        gallery_dataloader: of a ``GalleryDataset`` over the same queries.
        index_dir: keep the gallery's features in this folder, see ``gallery_features``; relative
            to the work folder. Without, they stay in memory.
        fp16: compute features under autocast.

    Raises:
        InputValueError: the split keeps its targets secret.
    """

    phase = 'val'

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        evaluator: Evaluator | dict | list,
        *,
        gallery_dataloader: dict,
        index_dir: str | None = None,
        fp16: bool = False,
    ) -> None:
        super().__init__(runner, dataloader)
        self.gallery_dataloader = runner.build_dataloader(gallery_dataloader, seed=runner.seed)
        self.index_dir = None if index_dir is None else Path(runner.work_dir) / index_dir
        self.fp16 = fp16
        self.evaluator = self._built_evaluator(evaluator)

    def run(self) -> dict[str, float]:
        """The metrics."""
        self._call('before_{}')
        self._call('before_{}_epoch')
        items, answers = self.ranked()
        metrics = self.scored(items, answers)
        self._call('after_{}_epoch', metrics=metrics)
        self._call('after_{}')
        return metrics

    def ranked(self) -> tuple[list[Mapping[str, Any]], list[QueryRanking]]:
        """The items of this process's share of the queries, and their rankings."""
        with autocast(enabled=self.fp16):
            names, pictures = gallery_features(
                self.runner.model, self.gallery_dataloader, self.index_dir
            )
            items, queries = query_features(
                self.runner.model, self.dataloader, self._before_batch, self._after_batch
            )
        # As many for each process, from the first again at the end: what gathers the results
        # takes one of each process in turn, and cuts what was repeated.
        world, rank = dist.get_world_size(), dist.get_rank()
        padded = -(-len(items) // world) * world
        own = [index % len(items) for index in range(rank, padded, world)]
        share = [items[index] for index in own]
        galleries = self.dataloader.dataset.galleries
        unique = list(dict.fromkeys(own))
        ranked = rank_queries(
            [items[index] for index in unique], queries[unique], names, pictures, galleries
        )
        answers = dict(zip(unique, ranked, strict=True))
        return share, [answers[index] for index in own]

    def scored(
        self, items: Sequence[Mapping[str, Any]], answers: Sequence[QueryRanking]
    ) -> dict[str, float]:
        """The values of the metrics over all processes."""
        samples = [
            {**item, 'ranking': answer.ranking, 'subset_ranking': answer.subset_ranking}
            for item, answer in zip(items, answers, strict=True)
        ]
        self.evaluator.process(data_samples=samples, data_batch=None)
        return self.evaluator.evaluate(len(self.dataloader.dataset))

    def _built_evaluator(self, evaluator: Evaluator | dict | list) -> Evaluator:
        if not isinstance(evaluator, Evaluator):
            evaluator = self.runner.build_evaluator(evaluator)
        evaluator.dataset_meta = self.dataloader.dataset.metainfo
        return evaluator

    def _call(self, name: str, **values: Any) -> None:
        self.runner.call_hook(name.format(self.phase), **values)

    def _before_batch(self, index: int, batch: Any) -> None:
        self._call('before_{}_iter', batch_idx=index, data_batch=batch)

    def _after_batch(self, index: int, batch: Any) -> None:
        self._call('after_{}_iter', batch_idx=index, data_batch=batch, outputs=None)
