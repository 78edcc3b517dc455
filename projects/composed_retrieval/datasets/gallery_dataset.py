"""The pictures that queries are ranked against, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS


@DATASETS.register_module()
class GalleryDataset(BaseDataset):
    """Every picture of the galleries of a query data set: ``dict(image=dict(name, img_path))``.

    A picture in several galleries is there once, so its features are computed once.

    Args:
        queries: registry dict of the query data set (its pipeline is of no concern here).
        pipeline: transforms.

    ``metainfo`` is that of the queries.
    """

    def __init__(self, queries: dict[str, Any], *, pipeline: Sequence[Any] = ()) -> None:
        self._queries = DATASETS.build({**queries, 'pipeline': []})
        super().__init__(pipeline=list(pipeline), test_mode=True)

    @property
    def images(self) -> Mapping[str, Path]:
        """Path of every picture of the split by its name."""
        return self._queries.images

    def load_data_list(self) -> list[dict]:
        """One item for each picture, in the order of the galleries."""
        self._metainfo.update(self._queries.metainfo)
        names = dict.fromkeys(
            name for members in self._queries.galleries.values() for name in members
        )
        return [{'image': self._queries.picture(name)} for name in names]
