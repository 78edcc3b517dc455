"""One pass of a model over a data set: metrics, results of every picture, and what it cost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.runner import BaseLoop
from mmengine.runner.amp import autocast
from torch import nn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from vl_runtime.errors import InputValueError
from vl_runtime.reports.hardware import hardware
from vl_runtime.reports.image_result import ImageResult
from vl_runtime.reports.peak_memory import peak_memory
from vl_runtime.reports.result_collector import ResultCollector


@dataclass(frozen=True)
class RunCost:
    """What a run took.

    Attributes:
        num_images: that were timed; the first batch warms up and is not, unless it is the only
            one.
        model_seconds: inside the model, preprocessing included, for these.
        total_seconds: with loading and metrics, for all.
        batch_size: pictures of a call.
        peak_memory: bytes of the process at most (CPU), or on the GPU.
        added_memory: the same less what was held before the run.
        parameters: of the model, frozen ones included.
        hardware: see ``hardware``.
    """

    num_images: int
    model_seconds: float
    total_seconds: float
    batch_size: int
    peak_memory: int
    added_memory: int
    parameters: int
    hardware: str

    @property
    def images_per_second(self) -> float:
        """Of the model, without loading and metrics."""
        return self.num_images / self.model_seconds if self.model_seconds else 0.0


@dataclass(frozen=True)
class MeasuredRun:
    """What one version of a model's weights reached.

    Attributes:
        name: of the version: 'model', or 'base', 'adapter', 'merged'.
        metrics: of the recipe, by name.
        results: one for each sample, in order.
        cost: time and memory.
        num_dropped: predictions that were NaN or infinite.
    """

    name: str
    metrics: Mapping[str, float]
    results: Sequence[ImageResult]
    cost: RunCost
    num_dropped: int = 0

    @property
    def writes_text(self) -> bool:
        """Whether the model answers in words."""
        return any(one.answer is not None for one in self.results)

    @property
    def statuses(self) -> Counter[str]:
        """How many answers could be read how; empty for a model that writes none."""
        return Counter(one.status for one in self.results if one.status is not None)

    @property
    def repairs(self) -> Counter[str]:
        """What was repaired, dropped or cut in reading all answers, by name; without zeros."""
        found: Counter[str] = Counter()
        for one in self.results:
            found.update(one.counters)
            found['cut at the token limit'] += one.truncated
        return +found


@dataclass(frozen=True)
class MeasuredData:
    """The pictures and metrics of an evaluation.

    Attributes:
        loader: of the samples.
        evaluator: the recipe's metrics.
        classes: names, in label order.
        ann_file: what the metrics compare with; None where objects travel in the samples.
        num_available: samples of the data set.
        fp16: whether the recipe's loop runs in mixed precision.
    """

    loader: DataLoader
    evaluator: Any
    classes: tuple[str, ...]
    ann_file: str | None
    num_available: int
    fp16: bool = False

    @classmethod
    def of_loop(
        cls, loop: BaseLoop, evaluator_config: Any, *, num_samples: int | None, seed: int = 0
    ) -> MeasuredData:
        """The data of a runner's test or validation loop, or a part of it.

        Args:
            loop: of the runner.
            evaluator_config: what its metrics were built from.
            num_samples: that many, drawn at random and kept in order; None for all. A data set
                with ``picture_numbers`` (several samples about one picture) gives that many
                pictures, each with all of its samples.
            seed: of the draw.

        Raises:
            InputValueError: fewer than one sample is asked for.
        """
        loader = loop.dataloader
        total = len(loader.dataset)
        if num_samples is not None and num_samples < 1:
            raise InputValueError(f'num_samples: expected 1 or more, found {num_samples}.')
        numbers = getattr(loader.dataset, 'picture_numbers', None) or range(total)
        pictures = sorted(set(numbers))
        if num_samples is not None and num_samples < len(pictures):
            drawn = set(random.Random(seed).sample(pictures, num_samples))
            chosen = [index for index, number in enumerate(numbers) if number in drawn]
            loader = DataLoader(
                Subset(loader.dataset, chosen),
                batch_size=loader.batch_size or 1,
                num_workers=loader.num_workers,
                collate_fn=loader.collate_fn,
                worker_init_fn=loader.worker_init_fn,
            )
        return cls(
            loader,
            loop.evaluator,
            tuple(loop.dataloader.dataset.metainfo.get('classes') or ()),
            _annotation_file(evaluator_config),
            total,
            bool(getattr(loop, 'fp16', False)),
        )


def _annotation_file(config: Any) -> str | None:
    """The first that a metric names; some metrics wrap another one."""
    if isinstance(config, list | tuple):
        return next(filter(None, map(_annotation_file, config)), None)
    if not isinstance(config, Mapping):
        return None
    return config.get('ann_file') or _annotation_file(config.get('metric'))


@torch.no_grad()
def measure(model: nn.Module, data: MeasuredData, name: str = 'model') -> MeasuredRun:
    """Run ``model`` over the data once.

    Args:
        model: in evaluation mode, with ``test_step``.
        data: what to run it on.
        name: of the weights.

    Raises:
        InputValueError: samples without ground truth, or labels that are no class.
    """
    collector = ResultCollector(data.classes, data.ann_file)
    seconds: list[float] = []
    sizes: list[int] = []
    start = time.perf_counter()
    with peak_memory() as memory, autocast(enabled=data.fp16):
        for batch in tqdm(data.loader, desc=name, unit='batch'):
            begin = time.perf_counter()
            samples = model.test_step(batch)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - begin)
            sizes.append(len(samples))
            data.evaluator.process(data_samples=samples, data_batch=batch)
            for sample in samples:
                collector.add(sample.to_dict())
    metrics = data.evaluator.evaluate(sum(sizes))
    timed = slice(1, None) if len(seconds) > 1 else slice(None)
    on_gpu = memory.accelerator is not None
    cost = RunCost(
        num_images=sum(sizes[timed]),
        model_seconds=sum(seconds[timed]),
        total_seconds=time.perf_counter() - start,
        batch_size=data.loader.batch_size or 1,
        peak_memory=memory.accelerator if on_gpu else memory.process,
        added_memory=memory.accelerator if on_gpu else memory.added,
        parameters=sum(weight.numel() for weight in model.parameters()),
        hardware=hardware(),
    )
    return MeasuredRun(name, metrics, collector.results, cost, collector.num_dropped)
