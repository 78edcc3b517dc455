"""CIRR: photographs in pairs, and groups of six similar ones."""

from __future__ import annotations

from mmengine.registry import DATASETS

from composed_retrieval.datasets.annotation_entries import (
    all_or_none,
    check_entry,
    check_queries,
    read_entries,
    read_image_paths,
    required_caption,
)
from composed_retrieval.datasets.composed_query import ComposedQuery, RetrievalSplit
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from vl_runtime.errors import InputValueError

_GROUP_SIZE = 6


@DATASETS.register_module()
class CIRRDataset(ComposedRetrievalDataset):
    """Composed Image Retrieval on Real-life images, release 2.

    Files below ``data_root``: ``cirr/captions/cap.rc2.SPLIT.json``,
    ``cirr/image_splits/split.rc2.SPLIT.json`` (name -> path), and the pictures at these paths
    below ``image_folder`` (``''``: ``train/``, ``dev/`` and ``test1/`` stand in ``data_root``;
    ``'cirr/img_raw'`` is the other usual place). The one gallery is the whole split.

    Arguments and errors: see ``ComposedRetrievalDataset``.

    Source: arXiv:2108.04024.
    """

    NAME = 'CIRR'
    SPLITS = ('train', 'val', 'test1')

    def read_split(self) -> RetrievalSplit:
        """Read and check captions and split file."""
        folder = self.root / 'cirr'
        paths = read_image_paths(folder / 'image_splits' / f'split.rc2.{self.split}.json')
        images = {name: self.root / self.image_folder / path for name, path in paths.items()}
        source = folder / 'captions' / f'cap.rc2.{self.split}.json'
        entries = read_entries(
            source, {'pairid': int, 'reference': str, 'caption': str, 'img_set': dict}
        )
        all_or_none(entries, 'target_hard', source)
        queries = tuple(
            self._query(entry, f'{source}: entry {index} (pairid {entry["pairid"]})')
            for index, entry in enumerate(entries)
        )
        galleries = {self.split: tuple(images)}
        check_queries(queries, galleries, source)
        return RetrievalSplit(source, queries, images, galleries)

    def _query(self, entry: dict, where: str) -> ComposedQuery:
        check_entry(entry['img_set'], {'members': list}, f'{where}: img_set')
        members = entry['img_set']['members']
        target = entry.get('target_hard')
        if target is not None and not isinstance(target, str):
            raise InputValueError(f'{where}: expected a text as target_hard, found {target!r:.60}.')
        if len(members) != _GROUP_SIZE or len({str(name) for name in members}) != _GROUP_SIZE:
            raise InputValueError(
                f'{where}: expected {_GROUP_SIZE} different img_set members, found {members}.'
            )
        for role, name in (('reference', entry['reference']), ('target', target)):
            if name is not None and name not in members:
                raise InputValueError(
                    f'{where}: expected the {role} {name!r} among the img_set members, found '
                    f'{", ".join(map(str, members))}.'
                )
        return ComposedQuery(
            query_id=str(entry['pairid']),
            reference=entry['reference'],
            caption=required_caption(entry['caption'], where),
            gallery=self.split,
            target=target,
            subset=tuple(members),
        )
