"""CIRCO: several right answers in a gallery of 123,403 photographs."""

from __future__ import annotations

from mmengine.registry import DATASETS

from composed_retrieval.datasets.annotation_entries import (
    all_or_none,
    check_entry,
    check_queries,
    read_entries,
    required_caption,
)
from composed_retrieval.datasets.composed_query import ComposedQuery, RetrievalSplit
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputValueError

_GALLERY_FILE = 'annotations/image_info_unlabeled2017.json'
_IMAGE_FOLDER = 'unlabeled2017'


@DATASETS.register_module()
class CIRCODataset(ComposedRetrievalDataset):
    """Composed Image Retrieval on Common Objects in context; val and test, no training split.

    Files below ``data_root``: ``annotations/SPLIT.json``; below ``image_folder`` (default
    ``COCO2017_unlabeled``) COCO's ``annotations/image_info_unlabeled2017.json`` and
    ``unlabeled2017/``. A picture's name is its COCO id as text.

    Arguments and errors: see ``ComposedRetrievalDataset``.

    Source: arXiv:2303.15247.
    """

    NAME = 'CIRCO'
    SPLITS = ('val', 'test')

    def __init__(self, data_root, split, *, image_folder='COCO2017_unlabeled', **others) -> None:
        super().__init__(data_root, split, image_folder=image_folder, **others)

    def read_split(self) -> RetrievalSplit:
        """Read and check queries and COCO's list of images."""
        images = self._gallery()
        source = self.root / 'annotations' / f'{self.split}.json'
        entries = read_entries(
            source, {'id': int, 'reference_img_id': int, 'relative_caption': str}
        )
        for key in ('target_img_id', 'gt_img_ids'):
            all_or_none(entries, key, source)
        queries = tuple(
            _query(entry, self.split, f'{source}: entry {index} (id {entry["id"]})')
            for index, entry in enumerate(entries)
        )
        galleries = {self.split: tuple(images)}
        check_queries(queries, galleries, source)
        return RetrievalSplit(source, queries, images, galleries)

    def _gallery(self) -> dict:
        folder = self.root / self.image_folder
        path = folder / _GALLERY_FILE
        content = read_json(path)
        check_entry(content, {'images': list}, str(path))
        images = {}
        for index, entry in enumerate(content['images']):
            check_entry(entry, {'id': int, 'file_name': str}, f'{path}: image {index}')
            images[str(entry['id'])] = folder / _IMAGE_FOLDER / entry['file_name']
        if len(images) != len(content['images']):
            raise InputValueError(
                f'{path}: expected an id of its own for each image, found {len(images)} ids for '
                f'{len(content["images"])} images.'
            )
        return images


def _query(entry: dict, gallery: str, where: str) -> ComposedQuery:
    target = entry.get('target_img_id')
    truths = entry.get('gt_img_ids', [])
    if target is not None:
        check_entry(entry, {'target_img_id': int, 'gt_img_ids': list}, where)
        if not truths or truths[0] != target or len(set(truths)) != len(truths):
            raise InputValueError(
                f'{where}: expected gt_img_ids to begin with the target {target} and to have '
                f'each image once, found {truths!r:.80}.'
            )
        if entry['reference_img_id'] in truths:
            raise InputValueError(
                f'{where}: the reference {entry["reference_img_id"]} is among gt_img_ids; it is '
                'never a right answer.'
            )
    return ComposedQuery(
        query_id=str(entry['id']),
        reference=str(entry['reference_img_id']),
        caption=required_caption(entry['relative_caption'], where),
        gallery=gallery,
        target=None if target is None else str(target),
        ground_truths=tuple(map(str, truths)),
        aspects=tuple(entry.get('semantic_aspects') or ()),
    )
