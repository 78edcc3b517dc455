"""The frozen trunk sees every picture once; afterwards its tokens are read from disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine import dist
from mmengine.dataset import BaseDataset, Compose
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from composed_retrieval.datasets.content_digests import pictures_digest, preprocessing_digest
from composed_retrieval.datasets.token_cache import TokenCache, TokenCacheKey
from composed_retrieval.datasets.transforms.cached_tokens import CachedTokens, picture_steps
from vl_runtime.checkpoints import unwrap
from vl_runtime.errors import InputValueError
from vl_runtime.file_lock import only_process


@HOOKS.register_module()
class TokenCacheHook(Hook):
    """Build token caches before a training or test, and let its data sets read them.

    Below ``folder`` each data set and split has a folder (``cirr_train``). It is kept for later
    runs with the same trunk and preprocessing, continued when it was interrupted, and replaced
    when either differs. Losses are those without a cache. Processes on several machines need a
    folder that all of them see.

    Args:
        folder: where the caches are; 0.72 MB a picture for ViT-g/14 at 224 pixels.
        batch_size: pictures that the trunk sees at a time.
        num_workers: of the loader that reads pictures.

    Raises:
        InputValueError: the trunk is trained, or a pipeline does not begin with
            ``LoadPictures`` and ``PadResizeCrop``.
    """

    def __init__(self, folder: str, batch_size: int = 64, num_workers: int = 0) -> None:
        self.folder = Path(folder)
        self.batch_size = batch_size
        self.num_workers = num_workers

    def before_train(self, runner: Runner) -> None:
        """For training and validation."""
        self._exchange(runner, [runner.train_dataloader, *_loaders(runner._val_loop)])

    def before_val(self, runner: Runner) -> None:
        """For a validation alone."""
        self._exchange(runner, _loaders(runner._val_loop))

    def before_test(self, runner: Runner) -> None:
        """For a test."""
        self._exchange(runner, _loaders(runner._test_loop))

    def _exchange(self, runner: Runner, loaders: list[DataLoader]) -> None:
        model = unwrap(runner.model)
        if not model.vision_model.frozen:
            raise InputValueError(
                'TokenCacheHook: the trunk of this recipe is trained (model.trunk.frozen=False), '
                'so its tokens change; leave the hook out.'
            )
        for loader in loaders:
            dataset = loader.dataset
            steps = list(dataset.pipeline.transforms)
            if any(isinstance(step, CachedTokens) for step in steps):
                continue
            load, fit = picture_steps(steps, type(dataset).__name__)
            cache = self._cache(model, dataset, Compose([load, fit]), runner)
            dataset.pipeline = Compose([CachedTokens(load, fit, cache), *steps[2:]])

    def _cache(
        self, model: nn.Module, dataset: BaseDataset, pipeline: Compose, runner: Runner
    ) -> TokenCache:
        meta = dataset.metainfo
        folder = self.folder / f'{meta["dataset"]}_{meta["split"]}'.lower()
        names, trunk = list(dataset.images), model.vision_model
        key = TokenCacheKey(
            trunk=model.trunk_fingerprint(),
            preprocessing=preprocessing_digest(pipeline.transforms),
            pictures=pictures_digest(dataset.images),
            shape=(1 + trunk.grid.side**2, trunk.width),
            dtype=_type_of(trunk),
        )
        if dist.is_main_process():
            with only_process(folder / 'lock', lambda pid: _busy(folder, pid)):
                cache, replaced = TokenCache.prepare(folder, names, key)
        dist.barrier()
        cache = TokenCache(folder)
        missing = cache.missing()
        if dist.is_main_process() and missing:
            why = 'of another trunk, preprocessing or pictures: built anew, ' if replaced else ''
            runner.logger.info(
                f'token cache {folder}: {why}{len(missing)} of {len(names)} pictures to do.'
            )
        paths = [(name, str(dataset.images[name])) for name in missing]
        self._fill(model, cache, paths, pipeline)
        return cache

    def _fill(
        self, model: nn.Module, cache: TokenCache, todo: list[tuple[str, str]], pipeline: Compose
    ) -> None:
        own = todo[dist.get_rank() :: dist.get_world_size()]
        loader = DataLoader(
            _Pictures(own, pipeline),
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            collate_fn=list,
        )
        quiet = None if dist.is_main_process() else True
        for batch in tqdm(loader, desc='tokens', unit='batch', leave=False, disable=quiet):
            pixels = [torch.from_numpy(one['img'].transpose(2, 0, 1).copy()) for one in batch]
            data = model.data_preprocessor({'inputs': {'image': pixels}}, False)
            with torch.no_grad():
                tokens = model.image_tokens(data['inputs']['image'])
            cache.put([one['name'] for one in batch], tokens, [one['ori_wh'] for one in batch])
        dist.barrier()


class _Pictures(Dataset):
    """(name, path) of pictures, through the steps that make pixels."""

    def __init__(self, pictures: list[tuple[str, str]], pipeline: Compose) -> None:
        self._pictures = pictures
        self._pipeline = pipeline

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> dict[str, Any]:
        name, path = self._pictures[index]
        return self._pipeline({'image': {'name': name, 'img_path': path}})['image']


def _type_of(trunk: nn.Module) -> str:
    """The number type of what is frozen, which is that of the tokens."""
    frozen = next(value for value in trunk.parameters() if not value.requires_grad)
    return str(frozen.dtype).removeprefix('torch.')


def _loaders(loop: Any) -> Iterator[DataLoader]:
    """The loaders of a built loop of galleries and queries; none of one that is not built."""
    for name in ('gallery_dataloader', 'dataloader'):
        loader = getattr(loop, name, None)
        if isinstance(loader, DataLoader):
            yield loader


def _busy(folder: Path, pid: str) -> str:
    return f'{folder}: process {pid} is making this token cache; wait, or choose another folder.'
