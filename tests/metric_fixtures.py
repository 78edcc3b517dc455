"""Fixtures of metrics, for the packages that have some."""

import json

import numpy as np
import pytest
import torch


@pytest.fixture
def sample():
    """Make a data sample as the evaluator hands it to a metric (boxes xyxy)."""

    def make(img_id, bboxes=(), scores=None, labels=None, **fields):
        bboxes = np.asarray(bboxes, np.float32).reshape(-1, 4)
        return dict(
            img_id=img_id,
            ori_shape=(100, 100),
            pred_instances={
                'bboxes': torch.from_numpy(bboxes),
                'scores': torch.tensor([0.9] * len(bboxes) if scores is None else scores),
                'labels': torch.tensor([0] * len(bboxes) if labels is None else labels),
            },
            **fields,
        )

    return make


@pytest.fixture
def annotation_file(tmp_path):
    """Write a COCO-style file; annotations are (image, category, xywh box, extra fields)."""

    def write(annotations, num_images=2, names=('cat', 'dog'), **image_fields):
        content = {
            'images': [
                dict(id=i + 1, width=100, height=100, **image_fields) for i in range(num_images)
            ],
            'categories': [{'id': 10 * (k + 1), 'name': name} for k, name in enumerate(names)],
            'annotations': [
                dict(id=i, image_id=image, category_id=category, bbox=list(box), **extra)
                for i, (image, category, box, extra) in enumerate(annotations)
            ],
        }
        path = tmp_path / 'annotations.json'
        path.write_text(json.dumps(content))
        return str(path)

    return write


@pytest.fixture
def evaluate():
    """Run a metric over samples."""

    def run(metric, samples, classes=('cat', 'dog')):
        metric.dataset_meta = {'classes': classes}
        metric.process({}, samples)
        return metric.evaluate(size=len(samples))

    return run
