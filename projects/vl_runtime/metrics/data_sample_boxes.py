"""Read boxes out of a data sample (a dict, as mmengine's evaluator hands it to a metric)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vl_runtime.boxes import xyxy_to_xywh
from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import RunLengthCode, encode_masks


def to_numpy(values: Any) -> np.ndarray:
    """An array of a tensor, an mmdet box structure, a list or an array."""
    values = getattr(values, 'tensor', values)
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def predicted_boxes(
    sample: Mapping[str, Any], num_classes: int, *, with_masks: bool = False
) -> dict[str, Any]:
    """The N predictions of a sample whose boxes and scores are finite, in their order.

    Returns:
        ``bboxes`` (N, 4) float64 xyxy in original pixels, ``scores`` (N,) float64,
        ``labels`` (N,) int64, and ``num_dropped``, how many were not finite; with masks
        also ``masks``, N run-length codes.

    Raises:
        InputValueError: a label is not in ``0 .. num_classes - 1``; masks are wanted and
            there are none, or they don't have the size of the picture.
    """
    predictions = sample['pred_instances']
    boxes = to_numpy(predictions['bboxes']).astype(np.float64).reshape(-1, 4)
    scores = to_numpy(predictions['scores']).astype(np.float64).reshape(-1)
    labels = to_numpy(predictions['labels']).astype(np.int64).reshape(-1)
    outside = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if outside.size:
        raise InputValueError(
            f'image {sample["img_id"]}: prediction {outside[0]} has label {labels[outside[0]]}, '
            f'expected 0..{num_classes - 1}, one per class of the data set; the model was given '
            'other texts than the data set has classes.'
        )
    finite = np.isfinite(boxes).all(1) & np.isfinite(scores)
    found = {
        'bboxes': boxes[finite],
        'scores': scores[finite],
        'labels': labels[finite],
        'num_dropped': int((~finite).sum()),
    }
    if with_masks:
        found['masks'] = _predicted_masks(sample, finite)
    return found


def _predicted_masks(sample: Mapping[str, Any], chosen: np.ndarray) -> list[RunLengthCode]:
    predictions = sample['pred_instances']
    if 'masks' not in predictions:
        raise InputValueError(
            f"image {sample['img_id']}: metric 'segm' compares masks, but the predictions have "
            "none; use a model with a segmentation head, or metric='bbox'."
        )
    masks = to_numpy(predictions['masks'])
    size = tuple(sample['ori_shape'][:2])
    if masks.shape != (len(chosen), *size):
        raise InputValueError(
            f'image {sample["img_id"]}: expected masks of shape {(len(chosen), *size)} (one per '
            f'box, in original pixels), found {masks.shape}.'
        )
    return encode_masks(masks[chosen])


def annotated_boxes(sample: Mapping[str, Any], num_classes: int) -> list[dict[str, Any]]:
    """The ground truth that travels in a sample, as COCO annotations without ids.

    ``instances`` is read first: a list of dicts with ``bbox`` (xyxy), ``bbox_label`` and
    optionally ``ignore_flag``, as the data set holds them (add ``'instances'`` to the
    ``meta_keys`` of PackDetInputs). Otherwise ``gt_instances`` and ``ignored_instances``
    with ``bboxes`` (xyxy) and ``labels``. Both must be in ORIGINAL pixels, which they are
    when a test pipeline loads annotations after resizing, as mmdet's and mmyolo's do.

    Returns:
        Dicts with ``bbox`` (xywh), ``category_id`` (the label), ``iscrowd``.

    Raises:
        InputValueError: the sample carries no ground truth, a label is out of range, or
            a box lies outside the picture (the boxes were resized with the picture).
    """
    if 'instances' in sample:
        rows = [
            (item['bbox'], item['bbox_label'], item.get('ignore_flag', 0))
            for item in sample['instances']
        ]
    elif 'gt_instances' in sample:
        rows = [
            (box, label, int(part == 'ignored_instances'))
            for part in ('gt_instances', 'ignored_instances')
            if part in sample and 'bboxes' in sample[part]
            for box, label in zip(
                to_numpy(sample[part]['bboxes']).reshape(-1, 4), to_numpy(sample[part]['labels'])
            )
        ]
    else:
        raise InputValueError(
            f'image {sample["img_id"]}: no ground truth in the data sample; give the metric an '
            "ann_file, or add 'instances' to the meta_keys of PackDetInputs."
        )
    _check_annotated(rows, sample, num_classes)
    return [
        {
            'bbox': xyxy_to_xywh(np.asarray(box, np.float64)).tolist(),
            'category_id': int(label),
            'iscrowd': int(crowd),
        }
        for box, label, crowd in rows
    ]


def _check_annotated(rows: list[tuple], sample: Mapping[str, Any], num_classes: int) -> None:
    height, width = sample['ori_shape'][:2]
    for index, (box, label, _) in enumerate(rows):
        if not 0 <= int(label) < num_classes:
            raise InputValueError(
                f'image {sample["img_id"]}: object {index} has label {int(label)}, expected '
                f'0..{num_classes - 1}, one per class of the data set.'
            )
        # One pixel of tolerance: hand-drawn boxes end on the border or just behind it.
        if box[0] < -1 or box[1] < -1 or box[2] > width + 1 or box[3] > height + 1:
            raise InputValueError(
                f'image {sample["img_id"]}: object {index}: expected a box inside {width} x '
                f'{height} original pixels, found {[round(float(v), 1) for v in box]}; give the '
                'metric an ann_file, or load annotations after resizing in the test pipeline.'
            )
