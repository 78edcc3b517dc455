"""Predictions as label files in the YOLO format, for training with any YOLO tool."""

from __future__ import annotations

import cv2
import numpy as np

from vl_runtime.prediction import Prediction


def yolo_label_lines(prediction: Prediction) -> list[str]:
    """One line for each box: ``class x y width height``, centre and size as parts of 1.

    With masks: ``class x1 y1 x2 y2 ...``, the outline of the largest piece of each mask (the
    segmentation form); the corners of the box where the mask has no area.
    """
    size = np.array([*prediction.size_wh, *prediction.size_wh], dtype=np.float64)
    boxes = np.clip(prediction.boxes_xyxy.astype(np.float64) / size, 0, 1)
    lines = []
    for index, (label, (x1, y1, x2, y2)) in enumerate(zip(prediction.labels, boxes, strict=True)):
        if prediction.masks is None:
            values = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
        else:
            outline = _outline(prediction.masks[index]) / size[:2]
            values = outline.ravel() if len(outline) > 2 else [x1, y1, x2, y1, x2, y2, x1, y2]
        lines.append(' '.join([str(int(label)), *(f'{value:.6f}' for value in values)]))
    return lines


def _outline(mask: np.ndarray) -> np.ndarray:
    """(k, 2) pixels x y around the largest piece of a mask; k = 0 for an empty one."""
    pieces, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not pieces:
        return np.zeros((0, 2))
    return max(pieces, key=cv2.contourArea).reshape(-1, 2).astype(np.float64)
