"""A detection data set whose classes are texts."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

from mmdet.registry import DATASETS as MMDET_DATASETS
from mmengine.dataset import BaseDataset, Compose
from mmengine.registry import DATASETS
from mmyolo.registry import DATASETS as MMYOLO_DATASETS

from vl_runtime.data_checks import BoxCounts
from vl_runtime.errors import InputValueError
from vl_runtime.vocabulary import Vocabulary
from yolo_world.datasets.class_selection import ClassSelection, chose_classes, reads_coco_api
from yolo_world.datasets.explained_pipeline import annotation_file_of, run_pipeline
from yolo_world.datasets.image_size_watch import ImageSizeWatch
from yolo_world.datasets.image_subset import ImageSubset
from yolo_world.datasets.mask_polygons import MaskPolygons

# Another image is taken when a training pipeline gives none; after so many in a row
# something is wrong with the pipeline and not with an image.
_MAX_REFETCH = 50


@DATASETS.register_module()
class MultiModalDataset:
    """Adds class texts to the images of an inner detection data set.

    Label i of an image means text i. Labels follow the order of the categories in the
    annotation file, and the texts are checked against it when the data set is built:
    count, order, duplicates and empty entries. Without ``class_text_path`` the class
    names are the texts; without ``metainfo.classes`` the categories of the annotation
    file are the classes, when they are not those of the inner data set's class.

    An item is the inner ``data_info`` plus ``texts``, a list of synonym lists that all
    items share (read it, don't change it), and in training ``dataset``, this object, for
    the transforms that mix images; then it runs through ``pipeline``.

    Args:
        dataset: config of the inner data set, or the data set. It has no pipeline.
        class_text_path: JSON list of lists, entry i holds the synonyms of class i, the
            main name first. None: the inner data set's class names.
        test_mode: used when the inner data set has no ``test_mode`` of its own.
        pipeline: transforms that every item runs through.
        lazy_init: read the annotation file at first use.
        subset: ``dict(num=..., seed=...)``, train on so many images only, see ``ImageSubset``.

    Raises:
        TypeError: ``dataset`` is neither a config nor a data set, or ``subset`` has other keys.
        UserInputError: annotation file or texts are wrong, or don't agree, or no
            annotation is left; see ``vl_runtime.data_checks`` and ``Vocabulary``.
    """

    # `get_data_info` gives a private copy (all but the texts), so mixing needs no other.
    returns_fresh_data_info = True

    def __init__(
        self,
        dataset: dict | BaseDataset,
        class_text_path: str | None = None,
        *,
        test_mode: bool = True,
        pipeline: Sequence[dict] = (),
        lazy_init: bool = False,
        subset: dict | None = None,
    ) -> None:
        self.subset = None if subset is None else ImageSubset(**subset)
        self._given_vocabulary = (
            None if class_text_path is None else Vocabulary.from_json(class_text_path)
        )
        self.dataset = self._build_inner(dataset)
        self.test_mode = getattr(self.dataset, 'test_mode', test_mode)
        self.pipeline = Compose(list(pipeline))
        self.vocabulary: Vocabulary | None = None
        self._texts: list[list[str]] = []
        self._size_watch = ImageSizeWatch(str(getattr(self.dataset, 'ann_file', 'data set')))
        loads_masks = any(getattr(step, 'with_mask', False) for step in self.pipeline.transforms)
        self._mask_reader = MaskPolygons(annotation_file_of(self)) if loads_masks else None
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """A copy of the inner data set's metainfo; ``classes[label]`` names the label."""
        return copy.deepcopy(self.dataset.metainfo)

    def full_init(self) -> None:
        """Read and check annotations and texts; later calls do nothing."""
        if self._fully_initialized:
            return
        names = self._load_inner()
        ann_file = str(getattr(self.dataset, 'ann_file', 'the data set'))
        if self._given_vocabulary is None:
            self.vocabulary = Vocabulary.from_names(names, ann_file)
        else:
            self.vocabulary = self._given_vocabulary
            self.vocabulary.check_against(names, ann_file)
        self._texts = self.vocabulary.to_lists()
        self._fully_initialized = True

    def get_data_info(self, idx: int) -> dict:
        """The parsed annotation of image ``idx`` with ``texts``."""
        self.full_init()
        data_info = self.dataset.get_data_info(idx)
        data_info['texts'] = self._texts
        if self._mask_reader is not None:
            self._mask_reader.prepare(data_info)
        return data_info

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels of image ``idx``, for class-balanced sampling."""
        self.full_init()
        return self.dataset.get_cat_ids(idx)

    def __len__(self) -> int:
        self.full_init()
        return len(self.dataset)

    def __getitem__(self, idx: int) -> Any:
        index = idx
        for _ in range(_MAX_REFETCH):
            item = self._prepare(index)
            if item is not None:
                return item
            if self.test_mode:
                raise InputValueError(
                    f'{self._where(idx)}: the test pipeline gave nothing for this image; '
                    'a test pipeline must not drop images.'
                )
            index = random.randrange(len(self))
        raise InputValueError(
            f'{self._where(idx)}: the training pipeline gave nothing for {_MAX_REFETCH} images '
            'in a row; one of its transforms drops every image.'
        )

    def _prepare(self, idx: int) -> Any:
        data_info = self.get_data_info(idx)
        if not self.test_mode:
            data_info['dataset'] = self
        stated_wh = (data_info.get('width'), data_info.get('height'))
        img_path = data_info.get('img_path')
        item = run_pipeline(self.pipeline, data_info, self._where(idx))
        self._size_watch.look(item, stated_wh, img_path)
        return item

    def _where(self, idx: int) -> str:
        return f'{getattr(self.dataset, "ann_file", "data set")}, image index {idx}'

    def _build_inner(self, dataset: dict | BaseDataset) -> BaseDataset:
        """The inner data set; one made from a config loads later, in :meth:`full_init`."""
        if isinstance(dataset, BaseDataset):
            return dataset
        if not isinstance(dataset, dict):
            raise TypeError(
                'dataset: expected the config of a data set or a BaseDataset, '
                f'found {type(dataset).__name__}.'
            )
        config = dict(dataset)
        # An unscoped name means mmyolo's or mmdet's class, whatever the default scope is.
        if isinstance(config.get('type'), str):
            cls = DATASETS.module_dict.get(config['type'])  # ours come first
            cls = cls or MMYOLO_DATASETS.get(config['type']) or MMDET_DATASETS.get(config['type'])
            config['type'] = cls or config['type']
        if isinstance(config.get('type'), type) and issubclass(config['type'], BaseDataset):
            config['lazy_init'] = True
        return DATASETS.build(config)

    def _load_inner(self) -> list[str]:
        """Load the inner data set, checked; class names in label order."""
        inner = self.dataset
        loaded = getattr(inner, '_fully_initialized', False)
        # mmengine fails on serialising nothing; whether something is left is asked before.
        serialize = not loaded and getattr(inner, 'serialize_data', False)
        if serialize:
            inner.serialize_data = False
        selection = ClassSelection(inner, chose_classes(inner)) if reads_coco_api(inner) else None
        if selection is not None:
            if loaded:
                selection(inner.ann_file)
            inner.COCOAPI = selection
        inner.full_init()
        if self.subset is not None:
            self._take_subset()
        self._check_something_left(selection.counts if selection else None)
        if serialize:
            inner.data_bytes, inner.data_address = inner._serialize_data()
            inner.serialize_data = True
        if selection is None:
            return [str(name) for name in inner.metainfo.get('classes', ())]
        del inner.COCOAPI
        return selection.finish()

    def _take_subset(self) -> None:
        """Leave only the images of ``subset`` in the inner data set."""
        ann_file = getattr(self.dataset, 'ann_file', 'data set')
        if self.test_mode:
            raise InputValueError(
                f'{ann_file}: subset is for training, since a metric reads the whole file; write '
                'the part that is wanted with tools/prepare_data/subset.py.'
            )
        # Where nothing is serialised yet the entries are at hand; a copy of each takes long.
        entries = getattr(self.dataset, 'data_list', None) or (
            self.dataset.get_data_info(index) for index in range(len(self.dataset))
        )
        paths = [entry['img_path'] for entry in entries]
        try:
            self.dataset.get_subset_(self.subset.indices(paths))
        except InputValueError as error:
            raise InputValueError(f'{ann_file}: subset: {error}') from error

    def _check_something_left(self, counts: BoxCounts | None) -> None:
        """At least one image, and in training at least one box, has come through."""
        inner = self.dataset
        images = len(inner)
        if images and (self.test_mode or _any_box(inner)):
            return
        if images == 0:
            found = 'no image is left'
        else:
            found = f'{images} images but no annotation is left to train on'
        raise InputValueError(
            f'{getattr(inner, "ann_file", "data set")}: {found} after filtering'
            f'{_what_was_there(counts)}; filter_cfg={getattr(inner, "filter_cfg", None)}, '
            f'classes={_shortened(inner.metainfo.get("classes", ()))}. Images without boxes '
            'train well beside others of the same file.'
        )


def _any_box(dataset: BaseDataset) -> bool:
    """Some image has a box that training uses; stops at the first."""
    return any(
        not instance.get('ignore_flag', 0)
        for index in range(len(dataset))
        for instance in dataset.get_data_info(index).get('instances', ())
    )


def _what_was_there(counts: BoxCounts | None) -> str:
    if counts is None:
        return ''
    return (
        f' (the file has {counts.images} images and {counts.annotations} annotations: '
        f'{counts.empty} empty, {counts.outside} outside their image, '
        f'{counts.uncategorised} without a category of the file)'
    )


def _shortened(names: Any) -> str:
    shown = ', '.join(str(name) for name in list(names)[:5])
    return f'[{shown}{", ..." if len(names) > 5 else ""}]'
