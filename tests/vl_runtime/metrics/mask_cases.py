"""Random pictures with masks: annotations of every form, and predictions near them."""

import cv2
import numpy as np
import torch
from pycocotools import mask as coco_mask

SIZE = 100


def polygon(generator, centre):
    """A star-like polygon [x1, y1, ...] around ``centre``, inside the picture."""
    angles = np.sort(generator.uniform(0, 2 * np.pi, 9))
    radii = generator.uniform(8, 30, 9)
    points = np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None] + centre
    return np.round(points.clip(0, SIZE), 1).reshape(-1).tolist()


def drawn(points):
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32).reshape(-1, 2)], 1)
    return mask.astype(bool)


def annotated(points, form):
    """An annotation's fields; ``form`` is 'polygons', 'counts' or 'compressed'."""
    code = coco_mask.merge(coco_mask.frPyObjects([points], SIZE, SIZE))
    box = [float(value) for value in coco_mask.toBbox(code)]
    extra = {'area': float(coco_mask.area(code)), 'segmentation': [points]}
    if form == 'counts':
        flat = coco_mask.decode(code).flatten(order='F')
        changes = np.flatnonzero(np.diff(flat, prepend=0))
        counts = np.diff([0, *changes.tolist(), flat.size]).tolist()
        extra.update(segmentation={'size': [SIZE, SIZE], 'counts': counts})
    elif form == 'compressed':
        extra.update(segmentation=dict(code, counts=code['counts'].decode()))
    return box, extra


def random_case(num_images=12, crowds=True):
    """Annotations for ``annotation_file`` and predictions (boxes, scores, labels, masks)."""
    generator = np.random.default_rng(5)
    forms = ('polygons', 'counts', 'compressed')
    annotations, predictions = [], {}
    for image in range(1, num_images + 1):
        boxes, masks, labels = [], [], []
        for k in range(4):
            points = polygon(generator, generator.uniform(25, 75, 2))
            label = int(generator.integers(0, 3))
            box, extra = annotated(points, forms[k % 3])
            extra['iscrowd'] = int(crowds and generator.random() < 0.15)
            annotations.append((image, 10 * (label + 1), box, extra))
            shifted = np.array(points) + generator.normal(0, 2.5, len(points))
            masks.append(drawn(shifted))
            xy = shifted.reshape(-1, 2)
            boxes.append([*xy.min(0), *xy.max(0)])
            labels.append(label if generator.random() < 0.8 else int(generator.integers(0, 3)))
        predictions[image] = boxes, generator.random(4), labels, np.stack(masks)
    return annotations, predictions


def with_masks(sample, masks):
    """A data sample of the ``sample`` fixture with predicted masks."""
    sample['pred_instances']['masks'] = torch.as_tensor(np.asarray(masks))
    return sample
