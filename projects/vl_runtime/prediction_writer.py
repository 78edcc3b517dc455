"""Collect predictions as COCO-style JSON, as pictures and as YOLO label files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.image_files import write_image
from vl_runtime.mask_rle import masks_to_rle
from vl_runtime.prediction import Prediction
from vl_runtime.visualization import draw_boxes
from vl_runtime.yolo_labels import yolo_label_lines


class PredictionWriter:
    """Keeps what was found and writes ``predictions.json`` and ``pictures/`` of a folder.

    The JSON is a COCO data set (tools that read COCO annotations read it) with a score at
    each annotation, and with run-length masks where there are any: ``images`` holds every
    image that was looked at, with boxes or without, ``left_out`` those that could not be
    read. Category ids are 1, 2, ... in the order of the texts; ``file_name`` is relative to
    the folder that was given, ``path`` as given. Of a model that answers in words an image has
    what it wrote, see ``WrittenAnswer.to_dict``, and an annotation its ``caption`` if there is
    one. A frame of a video is an image with the video's name and ``frame``, counted from 0.

    Args:
        out_dir: where to write.
        info: what the predictions were made with; goes into the JSON as it is.
        pictures: draw the boxes too.
        yolo_labels: write ``labels/`` and ``classes.txt`` too (see ``yolo_label_lines``).
    """

    def __init__(
        self,
        out_dir: str | Path,
        info: dict[str, Any],
        *,
        pictures: bool = True,
        yolo_labels: bool = False,
    ) -> None:
        self.json_path = Path(out_dir) / 'predictions.json'
        self.picture_dir = Path(out_dir) / 'pictures'
        self.label_dir = Path(out_dir) / 'labels'
        self.frame_dir = Path(out_dir) / 'frames'
        self.left_out: list[dict[str, str]] = []
        self._info = info
        self._pictures = pictures
        self._yolo_labels = yolo_labels
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._names: dict[int, str] = {}
        self._used: set[Path] = set()

    @property
    def num_images(self) -> int:
        """Images and frames that were looked at."""
        return len(self._images)

    @property
    def boxes_of_class(self) -> dict[str, int]:
        """Number of boxes of each text that was found, most frequent first."""
        counts = Counter(item['category_id'] for item in self._annotations)
        return {self._names[number]: count for number, count in counts.most_common()}

    def add_image(
        self, prediction: Prediction, image: np.ndarray, file_name: str, path: str
    ) -> None:
        """Keep the boxes of a picture, and draw them."""
        self._keep(prediction, {'file_name': file_name, 'path': path})
        if self._pictures:
            write_image(self.picture_path(file_name), self.draw(prediction, image))
        if self._yolo_labels:
            lines = ''.join(f'{line}\n' for line in yolo_label_lines(prediction))
            write_text(self._unused(self.label_dir / Path(file_name).with_suffix('.txt')), lines)

    def add_frame(self, prediction: Prediction, file_name: str, path: str, frame: int) -> None:
        """Keep the boxes of a frame of a video."""
        self._keep(prediction, {'file_name': file_name, 'path': path, 'frame': frame})

    def leave_out(self, path: str, reason: str) -> None:
        """Keep the name of a file that could not be read."""
        self.left_out.append({'path': path, 'reason': reason})

    @staticmethod
    def draw(prediction: Prediction, image: np.ndarray) -> np.ndarray:
        """The picture with its boxes."""
        return draw_boxes(
            image,
            prediction.boxes_xyxy,
            prediction.shown_names,
            scores=prediction.scores,
            labels=None if prediction.captions else prediction.labels,
            masks=prediction.masks,
        )

    def picture_path(self, file_name: str, suffix: str = '.jpg') -> Path:
        """A new path in ``pictures/`` for ``file_name``; no two calls get the same one."""
        return self._unused(self.picture_dir / Path(file_name).with_suffix(suffix))

    def frame_path(self, file_name: str) -> Path:
        """A new path in ``frames/`` for the JSON lines of a video."""
        return self._unused(self.frame_dir / Path(file_name).with_suffix('.jsonl'))

    def _unused(self, wanted: Path) -> Path:
        path, number = wanted, 1
        while path in self._used:
            number += 1
            path = wanted.with_stem(f'{wanted.stem}_{number}')
        self._used.add(path)
        return path

    def _keep(self, prediction: Prediction, entry: dict[str, Any]) -> None:
        width, height = prediction.size_wh
        image_id = len(self._images) + 1
        answer = {} if prediction.answer is None else prediction.answer.to_dict()
        size = {'width': width, 'height': height}
        self._images.append({'id': image_id, **entry, **size, **answer})
        masks = None if prediction.masks is None else iter(masks_to_rle(prediction.masks))
        captions = iter(prediction.captions or ())
        rows = zip(prediction.boxes_xyxy, prediction.scores, prediction.labels, strict=True)
        for (box, score, label), name in zip(rows, prediction.names, strict=True):
            self._names[int(label) + 1] = name
            x1, y1, x2, y2 = (round(float(value), 2) for value in box)
            bbox = [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)]
            annotation = {
                'id': len(self._annotations) + 1,
                'image_id': image_id,
                'category_id': int(label) + 1,
                'bbox': bbox,
                'area': round(bbox[2] * bbox[3], 2),
                'iscrowd': 0,
                'score': round(float(score), 5),
            }
            if prediction.captions is not None:
                annotation['caption'] = next(captions)
            if masks is not None:
                annotation['segmentation'] = next(masks)
                annotation['area'] = int(coco_mask.area(annotation['segmentation']))
            self._annotations.append(annotation)

    def finish(self, texts: Sequence[str]) -> None:
        """Write ``predictions.json``; ``texts`` are the categories, found or not."""
        names = dict(enumerate(texts, 1)) | self._names
        content = {
            'info': self._info,
            'images': self._images,
            'categories': [{'id': number, 'name': names[number]} for number in sorted(names)],
            'annotations': self._annotations,
            'left_out': self.left_out,
        }
        write_json(self.json_path, content, indent=1)
        if self._yolo_labels:
            write_text(
                self.label_dir.parent / 'classes.txt',
                ''.join(
                    f'{names.get(number, "-")}\n' for number in range(1, max(names, default=0) + 1)
                ),
            )
