"""A multi-modal data set that says whether its texts are classes or captions."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from vl_runtime.errors import InputValueError
from yolo_world.datasets.multi_modal_dataset import MultiModalDataset


@DATASETS.register_module()
class MultiModalMixedDataset(MultiModalDataset):
    """``MultiModalDataset`` whose items also carry ``is_detection``.

    The key is carried to the model; no loss reads it.

    Args:
        dataset, class_text_path, test_mode, pipeline, lazy_init: as in ``MultiModalDataset``.
        dataset_type: ``'detection'`` gives ``is_detection`` 1, ``'caption'`` gives 0.

    Raises:
        InputValueError: another ``dataset_type``; and what ``MultiModalDataset`` raises.
    """

    def __init__(
        self,
        dataset: dict | BaseDataset,
        class_text_path: str | None = None,
        *,
        dataset_type: str = 'detection',
        test_mode: bool = True,
        pipeline: Sequence[dict] = (),
        lazy_init: bool = False,
    ) -> None:
        if dataset_type not in ('detection', 'caption'):
            raise InputValueError(
                f"dataset_type: expected 'detection' or 'caption', found {dataset_type!r}."
            )
        self.is_detection = int(dataset_type == 'detection')
        super().__init__(
            dataset,
            class_text_path,
            test_mode=test_mode,
            pipeline=pipeline,
            lazy_init=lazy_init,
        )

    def get_data_info(self, idx: int) -> dict:
        """The parsed annotation of image ``idx`` with ``texts`` and ``is_detection``."""
        data_info = super().get_data_info(idx)
        data_info['is_detection'] = self.is_detection
        return data_info
