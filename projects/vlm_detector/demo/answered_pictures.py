"""What a model answered about each picture beside what the picture shows."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vl_runtime.boxes import box_iou, xywh_to_xyxy
from vl_runtime.image_files import write_image
from vl_runtime.metrics.annotation_file import load_annotation_file
from vl_runtime.metrics.data_sample_boxes import predicted_boxes
from vl_runtime.visualization import draw_boxes, image_grid

_RED, _GREEN = 0, 1  # labels whose colours these are
_COLUMNS = 4
_ENLARGED = 2


@dataclass(frozen=True)
class AnsweredPicture:
    """One picture: n answered and m true boxes, xyxy in its pixels, with their names.

    Attributes:
        path: of the picture.
        boxes: (n, 4).
        names: n phrases.
        scores: (n,), 0..1.
        true_boxes: (m, 4).
        true_names: m phrases.
    """

    path: str
    boxes: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray
    true_boxes: np.ndarray
    true_names: tuple[str, ...]


def read_answers(predictions: str | Path, annotation_file: str | Path) -> list[AnsweredPicture]:
    """Join a file of ``launch.test(out=...)`` with the annotations that it was scored with.

    Args:
        predictions: the ``.pkl`` file, which this process wrote.
        annotation_file: COCO JSON; labels count through its categories.
    """
    truth = load_annotation_file(annotation_file)
    categories = {category['id']: category['name'] for category in truth['categories']}
    classes = list(categories.values())
    objects = defaultdict(list)
    for item in truth['annotations']:
        objects[item['image_id']].append(item)
    found = []
    for sample in pickle.loads(Path(predictions).read_bytes()):
        answer = predicted_boxes(sample, len(classes))
        shown = objects[sample['img_id']]
        boxes = np.array([item['bbox'] for item in shown], dtype=np.float64).reshape(-1, 4)
        found.append(
            AnsweredPicture(
                path=sample['img_path'],
                boxes=answer['bboxes'],
                names=tuple(classes[label] for label in answer['labels']),
                scores=answer['scores'],
                true_boxes=xywh_to_xyxy(boxes),
                true_names=tuple(categories[item['category_id']] for item in shown),
            )
        )
    return found


def located_iou(pictures: Sequence[AnsweredPicture], shift: int = 0) -> float:
    """The mean over all objects of the IoU of the best box, whatever its name.

    A box may be the best of several objects, so this is rather too high. 0..1, 0 without any
    object.

    Args:
        shift: how many pictures further on the answer is taken from. 1: what answers without
            looking would score, the value to compare that of 0 with.
    """
    best = []
    for index, picture in enumerate(pictures):
        boxes = pictures[(index + shift) % len(pictures)].boxes
        ious = box_iou(picture.true_boxes, boxes)
        best += (ious.max(1) if len(boxes) else np.zeros(len(ious))).tolist()
    return float(np.mean(best)) if best else 0.0


def draw_answers(pictures: Sequence[AnsweredPicture], path: str | Path) -> None:
    """A grid of pictures: what is there in green, what was answered in red with its score."""
    write_image(Path(path), image_grid([_drawn(p) for p in pictures], columns=_COLUMNS))


def _drawn(picture: AnsweredPicture) -> np.ndarray:
    image = cv2.imread(picture.path)
    image = cv2.resize(image, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    answers = [f'{name} {score:.2f}' for name, score in zip(picture.names, picture.scores)]
    names = [*picture.true_names, *answers]
    colours = [_GREEN] * len(picture.true_names) + [_RED] * len(answers)
    boxes = np.concatenate([picture.true_boxes, picture.boxes]) * _ENLARGED
    return draw_boxes(image, boxes, names, labels=colours)
