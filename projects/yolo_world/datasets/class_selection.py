"""Which classes a COCO-style data set has, and that labels, names and texts agree.

Label i is the position of a category among the chosen ones **in the order of the
annotation file** (mmdet's rule). Whatever the order of ``metainfo['classes']`` was, the
functions here bring it into label order, so that ``classes[label]`` is always true.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from mmdet.datasets import CocoDataset
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputValueError, did_you_mean
from yolo_world.datasets.coco_index import CocoIndex


class ClassSelection:
    """Reads, checks and indexes the annotation file of one COCO-style data set.

    Stands in for the data set's ``COCOAPI`` while it loads, so that the JSON is parsed
    once. Classes are those of the config when it chose any; else those of the data set's
    class when the file has exactly these; else all categories of the file.

    Args:
        dataset: the data set that loads; its metainfo is brought into label order.
        explicit: the config chose ``metainfo.classes``.
    """

    def __init__(self, dataset: BaseDataset, explicit: bool) -> None:
        self.dataset = dataset
        self.explicit = explicit
        self.counts = None
        self.category_names: dict[Any, str] = {}

    def __call__(self, ann_file: str) -> CocoIndex:
        """The index of ``ann_file``.

        Raises:
            UserInputError: the file can't be read, fails a check, or lacks a chosen class.
        """
        content = read_json(ann_file)
        self.counts = check_coco(
            content,
            ann_file,
            allow_unknown_category=self.explicit,
            image_name_key=getattr(self.dataset, 'image_name_key', 'file_name'),
        )
        self.category_names = {c['id']: c['name'] for c in content['categories']}
        names = list(self.category_names.values())
        if self.explicit:
            self._check_chosen(names, ann_file)
        elif set(names) != set(self.dataset.metainfo.get('classes', ())):
            print_log(
                f'{ann_file}: its {len(names)} categories are the classes, in file order '
                f'(metainfo.classes was not given): {", ".join(names[:20])}'
                f'{", ..." if len(names) > 20 else ""}.',
                'current',
            )
            set_classes(self.dataset, names)
        return CocoIndex(content)

    def finish(self) -> list[str]:
        """Class names in label order, after the data set has loaded; sets its metainfo."""
        names = [self.category_names[cat_id] for cat_id in self.dataset.cat_ids]
        chosen = list(self.dataset.metainfo['classes'])
        if chosen != names:
            print_log(
                f'{self.dataset.ann_file}: labels follow the order of its categories; '
                f'metainfo.classes was brought into that order: {", ".join(names[:20])}'
                f'{", ..." if len(names) > 20 else ""}.',
                'current',
                logging.WARNING,
            )
            set_classes(self.dataset, names)
        return names

    def _check_chosen(self, names: list[str], ann_file: str) -> None:
        chosen = self.dataset.metainfo['classes']
        for index, name in enumerate(chosen):
            if name not in names:
                raise InputValueError(
                    f'{Path(ann_file)}: expected a category for every class of '
                    f'metainfo.classes, found none named {name!r} (class index {index} of '
                    f'{len(chosen)}); the labels of later classes would shift.'
                    f'{did_you_mean(str(name), names)}'
                )


def set_classes(dataset: BaseDataset, names: list[str]) -> None:
    """Make ``names`` the classes of ``dataset``; colours move along, or go when they can't."""
    metainfo = dataset._metainfo
    old, palette = list(metainfo.get('classes', ())), metainfo.get('palette')
    metainfo['classes'] = tuple(names)
    if palette is None:
        return
    if set(names) <= set(old) and len(palette) >= len(old):
        metainfo['palette'] = [palette[old.index(name)] for name in names]
    else:
        del metainfo['palette']


def chose_classes(dataset: BaseDataset) -> bool:
    """The data set's classes are not the ones of its Python class: somebody chose them."""
    return dataset.metainfo.get('classes') != type(dataset).METAINFO.get('classes')


def reads_coco_api(dataset: BaseDataset) -> bool:
    """The data set loads its annotation file through its ``COCOAPI`` (mmdet's LVIS does not)."""
    if not isinstance(dataset, CocoDataset):
        return False
    return getattr(dataset, 'reads_coco_api', 'LVIS' not in type(dataset).__name__)
