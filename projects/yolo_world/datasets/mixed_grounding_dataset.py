"""Phrase grounding: boxes whose names are pieces of the image's caption."""

from __future__ import annotations

import logging
import os
from typing import Any

from mmdet.datasets import CocoDataset
from mmengine.fileio import get_local_path, join_path
from mmengine.logging import print_log
from mmengine.registry import DATASETS
from mmengine.utils import is_abs
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset

from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from yolo_world.datasets.coco_index import CocoIndex
from yolo_world.datasets.explained_pipeline import run_pipeline


@DATASETS.register_module()
class YOLOv5MixedGroundingDataset(BatchShapePolicyDataset, CocoDataset):
    """COCO-style file with a caption per image and caption spans per box (MDETR, GLIP).

    An image has ``file_name, height, width, caption``; an annotation ``bbox`` (xywh,
    pixels), ``area``, ``iscrowd`` and ``tokens_positive``, character spans [start, end) of
    the caption whose pieces, joined by a space, are its name. ``category_id`` has no
    meaning. Every image has its own ``texts``: the names of all its annotations in
    first-seen order, also of boxes that are left out (empty, outside, ``ignore``).
    Boxes are not clipped.

    ``data_prefix['img']`` may be a list of folders; the first that holds the file is used.

    ``filter_cfg`` (training only): ``min_size`` drops images whose shorter side is
    smaller; ``filter_empty_gt`` does nothing, as in the published pre-training, where it
    kept every image; ``drop_images_without_boxes`` is what really drops them.

    Raises:
        UserInputError: the file can't be read or fails a check, an annotation has no
            usable spans, an image is in none of the folders, or nothing is left.

    Source: YOLO-World, arXiv:2401.17270, image-text pre-training data (GoldG).
    """

    METAINFO = {'classes': ('object',), 'palette': [(220, 20, 60)]}
    returns_fresh_data_info = True
    is_detection = 1

    def load_data_list(self) -> list[dict]:
        """One entry per image of the annotation file, in file order."""
        with get_local_path(self.ann_file, backend_args=self.backend_args) as local_path:
            content = read_json(local_path)
        check_coco(content, self.ann_file, with_categories=False)
        self._unnamed: list[int] = []
        index = CocoIndex(content)
        data_list = []
        for img_id, image in index.imgs.items():
            raw = {'raw_img_info': {**image, 'img_id': img_id}}
            data_list.append(self.parse_data_info({**raw, 'raw_ann_info': index.imgToAnns[img_id]}))
        if self._unnamed:
            print_log(
                f'{self.ann_file}: {len(self._unnamed)} of {len(content["annotations"])} boxes '
                f'have an empty name and were left out, first: annotation id {self._unnamed[0]}.',
                'current',
                logging.WARNING,
            )
        return data_list

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """Image, texts and instances of one image; see the class."""
        image = raw_data_info['raw_img_info']
        labels: dict[str, int] = {}
        instances = []
        for annotation in raw_data_info['raw_ann_info']:
            name = self._annotation_name(annotation, image)
            if not name:
                self._unnamed.append(annotation['id'])
                continue
            label = labels.setdefault(name, len(labels))
            instance = _instance(annotation, label, image)
            if instance is not None:
                instances.append(instance)
        seg_folder = self.data_prefix.get('seg')
        stem = os.path.splitext(image['file_name'])[0]
        return {
            'img_path': self._image_path(image['file_name']),
            'img_id': image['img_id'],
            'seg_map_path': (
                os.path.join(seg_folder, stem + self.seg_map_suffix) if seg_folder else None
            ),
            'height': float(image['height']),
            'width': float(image['width']),
            'texts': [[name] for name in labels],
            'is_detection': self.is_detection,
            'instances': instances,
        }

    def filter_data(self) -> list[dict]:
        """The images that ``filter_cfg`` leaves; all of them in test mode."""
        if self.test_mode or self.filter_cfg is None:
            return self.data_list
        min_size = self.filter_cfg.get('min_size', 0)
        with_boxes = self.filter_cfg.get('drop_images_without_boxes', False)
        big = [info for info in self.data_list if min(info['width'], info['height']) >= min_size]
        kept = [info for info in big if info['instances'] or not with_boxes]
        if not any(info['instances'] for info in kept):
            boxes = sum(len(info['instances']) for info in self.data_list)
            raise InputValueError(
                f'{self.ann_file}: no annotation is left after filtering: of '
                f'{len(self.data_list)} images with {boxes} usable boxes, min_size={min_size} '
                f'leaves {len(big)} images, none of them with a box.'
            )
        return kept

    def prepare_data(self, idx: int) -> Any:
        """Item ``idx`` after the pipeline; training items carry the data set for mixing."""
        data_info = self.get_data_info(idx)
        if not self.test_mode:
            data_info['dataset'] = self
        return run_pipeline(self.pipeline, data_info, f'{self.ann_file}, image index {idx}')

    def _annotation_name(self, annotation: dict, image: dict) -> str:
        """The pieces of the caption that the annotation points to, joined by a space."""
        caption, spans = image.get('caption'), annotation.get('tokens_positive')
        if not isinstance(caption, str):
            raise InputValueError(
                f'{self.ann_file}: image id {image["img_id"]}: expected a caption, '
                f'found {caption!r}.'
            )
        if not isinstance(spans, list) or not all(_is_span(span) for span in spans):
            raise InputValueError(
                f'{self.ann_file}: annotation id {annotation["id"]}: expected tokens_positive '
                f'as a list of [start, end) positions in the caption, found {spans!r}.'
            )
        return ' '.join(caption[start:end] for start, end in spans)

    def _image_path(self, file_name: str) -> str:
        folders = self.data_prefix['img']
        if isinstance(folders, str):
            return os.path.join(folders, file_name)
        for folder in folders:
            path = os.path.join(folder, file_name)
            if os.path.exists(path):
                return path
        raise InputFileNotFoundError(
            f'{self.ann_file}: image {file_name!r} is in none of the folders {", ".join(folders)}.'
        )

    def _join_prefix(self) -> None:
        """As in mmengine, for lists of image folders too."""
        folders = self.data_prefix.get('img')
        if not isinstance(folders, list | tuple):
            super()._join_prefix()
            return
        self.data_prefix = {key: value for key, value in self.data_prefix.items() if key != 'img'}
        super()._join_prefix()
        root = self.data_root
        self.data_prefix['img'] = [
            join_path(root, folder) if root and not is_abs(folder) else folder for folder in folders
        ]


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list | tuple)
        and len(span) == 2
        and all(isinstance(position, int) and position >= 0 for position in span)
    )


def _instance(annotation: dict, label: int, image: dict) -> dict | None:
    """The box in xyxy pixels, or None when it is ignored, empty or outside the image."""
    if annotation.get('ignore', False):
        return None
    x1, y1, width, height = annotation['bbox']
    overlap_w = min(x1 + width, image['width']) - max(x1, 0)
    overlap_h = min(y1 + height, image['height']) - max(y1, 0)
    if overlap_w <= 0 or overlap_h <= 0:
        return None
    if annotation['area'] <= 0 or width < 1 or height < 1:
        return None
    instance = {
        'ignore_flag': int(bool(annotation.get('iscrowd', False))),
        'bbox': [x1, y1, x1 + width, y1 + height],
        'bbox_label': label,
    }
    if annotation.get('segmentation'):
        instance['mask'] = annotation['segmentation']
    return instance
