"""From a data set or a folder to box files: what tools/generate_boxes.py does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from composed_retrieval.boxes.box_methods import (
    DetectorSource,
    build_finder,
    selection_of,
    settings_of,
)
from composed_retrieval.boxes.box_tasks import (
    BoxTask,
    checked_limit,
    folder_tasks,
    pair_tasks,
    split_tasks,
)
from composed_retrieval.boxes.generate_boxes import BoxFinder, generate_shard, merge_boxes
from composed_retrieval.datasets.configured_split import configured_split
from vl_runtime.errors import InputValueError
from vl_runtime.pseudo_labels import ShardFile, only_labeller, parse_shard, shard_path

DEFAULT_OUT = 'work_dirs/cir_boxes/{name}_{method}_{split}.json'


class BoxGeneration:
    """One method with its settings, for any number of splits; the detector is opened once.

    Args:
        method: one of ``METHODS``.
        source: the detector; None for saliency.
        selection_changes: fields of ``BoxSelection``; None leaves the method's usual value.
        max_images: the first so many tasks.
        batch_size: pictures at a time.
        shard: ``'I/N'``, this process's part; by default ``RANK`` and ``WORLD_SIZE`` tell.
        with_scores: write the form with scores and labels.
        progress: called as ``progress(items, total=, initial=)``: a progress bar.

    Raises:
        InputValueError: arguments that can't be used, before anything is opened.
    """

    def __init__(
        self,
        method: str,
        source: DetectorSource | None = None,
        *,
        selection_changes: dict[str, Any] | None = None,
        max_images: int | None = None,
        batch_size: int = 8,
        shard: str | None = None,
        with_scores: bool = False,
        progress: Callable[..., Iterable] = lambda items, **_: items,
    ) -> None:
        self.method = method
        if source is not None and source.config is None:
            raise InputValueError('--checkpoint: give the recipe of the detector too: --detector.')
        if batch_size < 1:
            raise InputValueError(f'--batch-size: expected at least 1, found {batch_size}.')
        self._source = source
        self._selection = selection_of(method, selection_changes or {})
        self._settings = settings_of(method, self._selection, source)
        self._max_images = checked_limit(max_images)
        self._batch_size = batch_size
        self._shard = parse_shard(shard)
        self._with_scores = with_scores
        self._progress = progress
        self._finder: BoxFinder | None = None

    def of_folder(
        self, folder: str | None, out: str | None, config: str | None = None
    ) -> Iterator[tuple[Path, dict | None]]:
        """(box file, summary) of a folder's images.

        Raises:
            InputValueError: no folder, a data set too, or a method that needs captions.
        """
        if (folder is None) == (config is None):
            found = 'both' if folder else 'neither'
            raise InputValueError(f'expected DATASET_CONFIG or --images DIR, found {found}.')
        if self.method == 'open-vocab':
            raise InputValueError(
                '--method open-vocab: a folder has no captions; use --method detector with --texts.'
            )
        path = self._path(out, Path(folder).resolve().name, 'all')
        tasks = folder_tasks(folder, self._max_images)
        yield path, self._generate(tasks, path, {'images_folder': str(folder)})

    def of_splits(
        self,
        config: str,
        splits: Sequence[str],
        out: str | None,
        cfg_options: Sequence[str] | None = None,
    ) -> Iterator[tuple[Path, dict | None]]:
        """(box file, summary) of each split of a data set.

        Raises:
            InputKeyError, InputValueError: the config has no such data set or split, or
                several splits would be written into one file.
        """
        if out is not None and len(splits) > 1 and '{split}' not in out:
            raise InputValueError(
                f'--out {out}: {len(splits)} splits need a name each; write {{split}} into it.'
            )
        make = pair_tasks if self.method == 'open-vocab' else split_tasks
        for split in splits:
            dataset = configured_split(config, split, cfg_options=cfg_options, check_images=False)
            path = self._path(out, dataset.NAME, split)
            tasks = make(dataset, self._max_images)
            yield path, self._generate(tasks, path, {'dataset': dataset.NAME, 'split': split})

    def _path(self, out: str | None, name: str, split: str) -> Path:
        if out is None:
            return Path(DEFAULT_OUT.format(name=name, method=self.method, split=split))
        return Path(out.replace('{split}', split))

    def _generate(self, tasks: Sequence[BoxTask], out: Path, of: dict[str, str]) -> dict | None:
        index, number = self._shard
        settings = {**of, **self._settings}
        path = shard_path(out, index, number)
        with only_labeller(path):
            shard = ShardFile(path, settings)
            self._finder = self._finder or build_finder(
                self.method, self._selection, self._source, batch_size=self._batch_size
            )
            generate_shard(
                tasks[index::number],
                self._finder,
                shard,
                batch_size=self._batch_size,
                progress=self._progress,
            )
        return merge_boxes(
            tasks,
            out,
            number,
            settings,
            of_pairs=self.method == 'open-vocab',
            with_scores=self._with_scores,
        )
