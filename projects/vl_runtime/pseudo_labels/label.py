"""Run a detector over captioned images and keep its confident boxes as annotations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchvision.ops import nms

from vl_runtime.atomic_files import write_json
from vl_runtime.boxes import clip_xyxy
from vl_runtime.errors import InputValueError, UserInputError
from vl_runtime.image_files import read_image
from vl_runtime.inference import Predictor
from vl_runtime.pseudo_labels.caption_file import CaptionedImage
from vl_runtime.pseudo_labels.shard_file import ShardFile

_Progress = Callable[..., Iterable]


@dataclass(frozen=True)
class LabelSettings:
    """What becomes an annotation.

    Attributes:
        score_threshold: least score of a box.
        nms_threshold: of two boxes that overlap more than this, whatever their phrases, the
            better one stays.
        max_boxes: in an image, the best ones.
    """

    score_threshold: float = 0.3
    nms_threshold: float = 0.5
    max_boxes: int = 100

    def __post_init__(self) -> None:
        for name in ('score_threshold', 'nms_threshold'):
            if not 0 <= getattr(self, name) <= 1:
                raise InputValueError(
                    f'{name}: expected a value from 0 to 1, found {getattr(self, name)}.'
                )


def parse_shard(text: str | None) -> tuple[int, int]:
    """(index, number) of ``'2/8'`` (from 0); of ``RANK`` and ``WORLD_SIZE`` without a text.

    Raises:
        InputValueError: another form, or an index that is not below the number.
    """
    given = text or f'{os.environ.get("RANK", 0)}/{os.environ.get("WORLD_SIZE", 1)}'
    index, _, number = given.partition('/')
    if index.isdecimal() and number.isdecimal() and int(index) < int(number):
        return int(index), int(number)
    raise InputValueError(f'--shard: expected INDEX/NUMBER such as 0/8, found {given!r}.')


def shard_path(out: str | Path, index: int, number: int) -> Path:
    """Where shard ``index`` of ``number`` keeps its records."""
    out = Path(out)
    return out.with_name(f'{out.stem}.shards') / f'{index:05d}_of_{number:05d}.jsonl'


def label_shard(
    predictor: Predictor,
    images: Sequence[CaptionedImage],
    folder: str | Path,
    shard: ShardFile,
    settings: LabelSettings,
    *,
    progress: _Progress = lambda items, **_: items,
) -> None:
    """Predict the images that ``shard`` does not have yet; each is on the disk when it is done.

    An image that can't be read gets a record with the reason.

    Args:
        images: those of this shard.
        folder: what their names are relative to.
        progress: called as ``progress(items, total=, initial=)``: a progress bar.
    """
    todo = [image for image in images if image.file_name not in shard.records]
    done = len(images) - len(todo)
    for image in progress(todo, total=len(images), initial=done):
        shard.append(_record(predictor, image, Path(folder), settings))


def _record(
    predictor: Predictor, image: CaptionedImage, folder: Path, settings: LabelSettings
) -> dict[str, Any]:
    record: dict[str, Any] = {'file_name': image.file_name, 'caption': image.caption}
    try:
        pixels = read_image(folder / image.file_name)
        predictor.require_usable(image.file_name, pixels)
    except UserInputError as error:
        return {**record, 'error': str(error)}
    height, width = pixels.shape[:2]
    record |= {'width': width, 'height': height, 'boxes': []}
    if not image.phrases:
        return record
    (found,) = predictor.predict(
        pixels,
        list(image.phrases),
        score_threshold=settings.score_threshold,
        max_boxes=settings.max_boxes,
    )
    boxes = np.asarray(clip_xyxy(found.boxes_xyxy, width, height), dtype=np.float32)
    kept = nms(torch.from_numpy(boxes), torch.from_numpy(found.scores), settings.nms_threshold)
    for index in kept.tolist():
        x1, y1, x2, y2 = (round(float(value), 2) for value in boxes[index])
        box = [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)]
        if min(box[2:]) >= 1:  # what data sets would leave out
            score = round(float(found.scores[index]), 4)
            record['boxes'].append({'bbox': box, 'tokens': found.names[index], 'score': score})
    return record


def merge_shards(
    images: Sequence[CaptionedImage],
    out: str | Path,
    number: int,
    settings: dict[str, Any],
) -> dict[str, Any] | None:
    """Write the annotation file when every image has its record.

    The file is what ``YOLOv5GeneralGroundingDataset`` reads: an image has its caption, an
    annotation its ``tokens`` and ``score``. Images without a box are left out.

    Returns:
        Counts (``images``, ``boxes``, ``without_boxes``) and ``errors``, the reasons of
        images that could not be read; None when records of other shards are still missing.
    """
    records: dict[str, dict] = {}
    for index in range(number):
        records |= ShardFile(shard_path(out, index, number), settings).records
    if any(image.file_name not in records for image in images):
        return None
    ordered = [records[image.file_name] for image in images]
    kept = [record for record in ordered if record.get('boxes')]
    errors = [record['error'] for record in ordered if 'error' in record]
    content: dict[str, Any] = {'info': settings, 'images': [], 'annotations': []}
    for image_id, record in enumerate(kept, start=1):
        image = {key: record[key] for key in ('file_name', 'width', 'height', 'caption')}
        content['images'].append({'id': image_id, **image})
        for box in record['boxes']:
            content['annotations'].append(
                {
                    'id': len(content['annotations']) + 1,
                    'image_id': image_id,
                    'category_id': 1,
                    'area': round(box['bbox'][2] * box['bbox'][3], 2),
                    'iscrowd': 0,
                    **box,
                }
            )
    content['categories'] = [{'id': 1, 'name': 'object'}]
    write_json(out, content)
    return {
        'images': len(kept),
        'boxes': len(content['annotations']),
        'without_boxes': len(ordered) - len(kept) - len(errors),
        'errors': errors,
    }
