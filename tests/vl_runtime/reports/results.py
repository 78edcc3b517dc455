"""Picture results by hand."""

import numpy as np

from vl_runtime.reports.image_result import ImageResult


def result(key, predicted=(), true=(), **fields):
    """``predicted``: (box xyxy, score, label); ``true``: (box xyxy, label)."""
    boxes = np.array([box for box, *_ in true], float).reshape(-1, 4)
    values = {
        'path': f'/pictures/{key}.png',
        'size_wh': (100, 100),
        'boxes': np.array([box for box, *_ in predicted], float).reshape(-1, 4),
        'scores': np.array([score for _, score, _ in predicted], float),
        'labels': np.array([label for *_, label in predicted], int),
        'true_boxes': boxes,
        'true_labels': np.array([label for _, label in true], int),
        'true_areas': (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]),
        'true_crowds': np.zeros(len(boxes), bool),
    }
    return ImageResult(key=str(key), **{**values, **fields})


def random_results(rng, num_images=12, num_classes=3):
    """Noisy predictions of random objects."""
    results = []
    for key in range(num_images):
        corners = rng.uniform(0, 60, (rng.integers(0, 4), 2))
        boxes = np.concatenate([corners, corners + rng.uniform(8, 40, corners.shape)], axis=1)
        true = [(box, int(rng.integers(num_classes))) for box in boxes]
        predicted = [
            (box + rng.normal(0, 3, 4), float(rng.uniform()), label)
            for box, label in true
            if rng.uniform() < 0.8
        ]
        predicted += [
            (np.array([1.0, 1.0, 30.0, 30.0]), float(rng.uniform()), int(rng.integers(num_classes)))
        ]
        results.append(result(key, predicted, true))
    return results
