"""FashionIQ: clothes of three categories, two captions a pair."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.registry import DATASETS

from composed_retrieval.datasets.annotation_entries import (
    all_or_none,
    check_queries,
    read_entries,
    read_image_names,
)
from composed_retrieval.datasets.composed_query import ComposedQuery, RetrievalSplit
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from composed_retrieval.datasets.image_folders import with_suffix_found
from vl_runtime.errors import InputValueError

CATEGORIES = ('dress', 'shirt', 'toptee')
_STRIPPED = '.?, '


def joined_captions(captions: Sequence[str]) -> str:
    """The two captions as the published evaluation joins them: ``'First and second'``."""
    parts = [caption.strip(_STRIPPED) for caption in captions]
    parts = [part for part in parts if part]
    return ' and '.join([parts[0].capitalize(), *parts[1:]])


@DATASETS.register_module()
class FashionIQDataset(ComposedRetrievalDataset):
    """FashionIQ; the captions are joined as for evaluation (``RandomCaptionOrder`` for training).

    Files below ``data_root``: ``captions/cap.CATEGORY.SPLIT.json``,
    ``image_splits/split.CATEGORY.SPLIT.json``, pictures ``NAME.png`` or ``NAME.jpg`` in
    ``image_folder``. Each category has a gallery of its own, the whole split file ("original"
    protocol), and references are not left out of it. A query's id is ``CATEGORY/INDEX``.

    Args:
        categories: any of dress, shirt, toptee.
        others: see ``ComposedRetrievalDataset``.

    Source: arXiv:1905.12794.
    """

    NAME = 'FashionIQ'
    SPLITS = ('train', 'val', 'test')

    def __init__(
        self,
        data_root: str | Path,
        split: str,
        *,
        categories: Sequence[str] = CATEGORIES,
        image_folder: str = 'images',
        **others: Any,
    ) -> None:
        unknown = [category for category in categories if category not in CATEGORIES]
        if unknown or not categories or len(set(categories)) != len(categories):
            raise InputValueError(
                f'FashionIQ: expected categories among {", ".join(CATEGORIES)}, each once, found '
                f'{list(categories)}.'
            )
        self.categories = tuple(categories)
        super().__init__(data_root, split, image_folder=image_folder, **others)

    def read_split(self) -> RetrievalSplit:
        """Read and check the files of all categories."""
        queries: list[ComposedQuery] = []
        galleries: dict[str, tuple[str, ...]] = {}
        images: dict[str, Path] = {}
        for category in self.categories:
            names = read_image_names(
                self.root / 'image_splits' / f'split.{category}.{self.split}.json'
            )
            source = self.root / 'captions' / f'cap.{category}.{self.split}.json'
            galleries[category] = names
            images |= with_suffix_found(self.root / self.image_folder, names, ('.png', '.jpg'))
            of_category = self._queries(source, category)
            check_queries(of_category, galleries, source)
            queries += of_category
        return RetrievalSplit(source, tuple(queries), images, galleries)

    def _queries(self, source: Path, category: str) -> list[ComposedQuery]:
        entries = read_entries(source, {'candidate': str, 'captions': list})
        all_or_none(entries, 'target', source)
        blank = []
        queries = []
        for index, entry in enumerate(entries):
            captions, where = entry['captions'], f'{source}: entry {index}'
            if len(captions) != 2 or not all(isinstance(text, str) for text in captions):
                raise InputValueError(f'{where}: expected two captions, found {captions!r:.80}.')
            said = tuple(text for text in captions if text.strip(_STRIPPED))
            if not said:
                raise InputValueError(f'{where}: expected a caption, found two blank texts.')
            if len(said) < 2:
                blank.append(index)
            queries.append(
                ComposedQuery(
                    query_id=f'{category}/{index}',
                    reference=entry['candidate'],
                    caption=joined_captions(captions),
                    gallery=category,
                    target=entry.get('target'),
                    captions=said,
                )
            )
        if blank:
            print_log(
                f'{source}: {len(blank)} of {len(entries)} entries have one blank caption, first: '
                f'entry {blank[0]}; the other caption alone is used.',
                'current',
                logging.WARNING,
            )
        return queries
