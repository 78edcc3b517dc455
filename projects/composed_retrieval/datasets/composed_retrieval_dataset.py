"""What the composed-retrieval data sets share: queries as items, galleries by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from composed_retrieval.boxes.box_file import NO_BOXES, BoxFile, read_box_file
from composed_retrieval.datasets.composed_query import ComposedQuery, RetrievalSplit
from composed_retrieval.datasets.image_folders import require_images
from vl_runtime.errors import InputValueError


class ComposedRetrievalDataset(BaseDataset):
    """Queries of one split; an item goes through ``pipeline`` as the dictionary below.

    Keys of an item:
        query_id, caption, captions, gallery, subset, ground_truths, same_instance, aspects:
            as in ``ComposedQuery``.
        reference: ``name``, ``img_path``, ``fraction_boxes`` (n, 4), those of ``box_file`` for
            this picture or, if the file has them, for this pair; and ``region_xyxy`` (pixels)
            where an annotator drew one.
        target: the same without a region; None in a split that keeps its targets secret.

    ``metainfo`` has ``dataset``, ``split``, ``source`` and ``has_targets``.

    Args:
        data_root: folder of the data set.
        split: one of ``SPLITS``.
        image_folder: relative to ``data_root``; what it means stands in the subclass.
        box_file: boxes of the pictures, or of pictures in pairs (see ``read_box_file``). How
            many pictures have none is logged.
        pipeline: transforms.
        indices: as in mmengine: use the first n queries, or these.
        check_images: look whether all pictures of the split are there. Off, annotations can
            be read alone.

    Raises:
        InputFileNotFoundError, InputKeyError, InputValueError: an annotation file can't be
            used, or a picture is missing; nothing is left out in silence.
    """

    NAME: str
    SPLITS: tuple[str, ...]

    def __init__(
        self,
        data_root: str | Path,
        split: str,
        *,
        image_folder: str = '',
        box_file: str | Path | None = None,
        pipeline: Sequence[Any] = (),
        indices: int | Sequence[int] | None = None,
        check_images: bool = True,
    ) -> None:
        if split not in self.SPLITS:
            raise InputValueError(
                f'{self.NAME}: expected a split among {", ".join(self.SPLITS)}, found {split!r}.'
            )
        self.split = split
        self.image_folder = image_folder
        self.box_file = box_file
        self._check_images = check_images
        super().__init__(
            data_root=str(data_root),
            pipeline=list(pipeline),
            indices=indices,
            # Never another item in place of one that fails.
            test_mode=True,
        )

    @property
    def root(self) -> Path:
        """``data_root`` as a path."""
        return Path(self.data_root)

    @property
    def images(self) -> Mapping[str, Path]:
        """Path of every picture of the split by its name."""
        return self._split_content.images

    @property
    def galleries(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the pictures of each gallery, in the order in which ties are broken."""
        return self._split_content.galleries

    @property
    def queries(self) -> tuple[ComposedQuery, ...]:
        """All queries of the split, whatever ``indices`` says."""
        return self._split_content.queries

    def load_data_list(self) -> list[dict]:
        """The items, checked."""
        self._split_content = content = self.read_split()
        if self._check_images:
            require_images(content.images, content.source)
        self._boxes = BoxFile({}) if self.box_file is None else self._read_boxes(content)
        # Texts given to mmengine's constructor would be tried as names of files.
        self._metainfo.update(
            dataset=self.NAME,
            split=self.split,
            source=str(content.source),
            has_targets=content.has_targets,
        )
        return [self._item(query) for query in content.queries]

    @abstractmethod
    def read_split(self) -> RetrievalSplit:
        """Read and check the annotation files."""

    def picture(self, name: str) -> dict[str, Any]:
        """What transforms get of a picture: ``name``, ``img_path`` and ``fraction_boxes``."""
        boxes = self._boxes.images.get(name, NO_BOXES).boxes
        return {'name': name, 'img_path': str(self.images[name]), 'fraction_boxes': boxes}

    def _item(self, query: ComposedQuery) -> dict[str, Any]:
        item = {
            'query_id': query.query_id,
            'caption': query.caption,
            'captions': query.captions,
            'gallery': query.gallery,
            'subset': query.subset,
            'ground_truths': query.ground_truths,
            'same_instance': query.same_instance,
            'aspects': query.aspects,
            'reference': self.picture(query.reference),
            'target': None if query.target is None else self.picture(query.target),
        }
        for side, found in self._boxes.pairs.get(query.query_id, {}).items():
            if item[side] is not None:
                item[side]['fraction_boxes'] = found.boxes
        if query.region_xyxy is not None:
            item['reference']['region_xyxy'] = query.region_xyxy
        return item

    def _read_boxes(self, content: RetrievalSplit) -> BoxFile:
        boxes = read_box_file(self.box_file)
        ids = {query.query_id for query in content.queries}
        boxes.require_names(self.box_file, content.images.keys(), ids)
        having = sum(len(picture.boxes) > 0 for picture in boxes.images.values())
        absent = len(content.images) - len(boxes.images)
        print_log(
            f'{self.box_file}: {having} of {len(content.images)} images of {self.NAME} '
            f'{self.split} have boxes ({absent} are not in the file), and '
            f'{len(boxes.pairs)} of {len(ids)} pairs have boxes of their own.',
            'current',
        )
        return boxes
