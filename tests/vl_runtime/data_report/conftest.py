"""A small COCO file with pictures, and a shortcut to its report."""

import json

import cv2
import numpy as np
import pytest

from vl_runtime.data_report import check_annotation_file


def box(id_, bbox, image_id=1, category_id=1, **more):
    area = bbox[2] * bbox[3]
    return dict(id=id_, image_id=image_id, category_id=category_id, bbox=bbox, area=area, **more)


@pytest.fixture
def content():
    """Two images of 40 x 30 pixels, two classes, three boxes."""
    return {
        'images': [{'id': i, 'file_name': f'{i}.png', 'width': 40, 'height': 30} for i in (1, 2)],
        'annotations': [
            box(1, [2, 3, 10, 10]),
            box(2, [5, 5, 20, 20], category_id=2),
            box(3, [5, 5, 20, 20], image_id=2, category_id=2),
        ],
        'categories': [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
    }


@pytest.fixture
def write(tmp_path):
    """write(content, name): the annotation file with its pictures (random pixels) beside it."""

    def write_files(content, name='ann.json', folder=''):
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for image in content['images']:
            if not (root / image['file_name']).exists():
                pixels = np.random.randint(0, 255, (30, 40, 3), np.uint8)
                cv2.imwrite(str(root / image['file_name']), pixels)
        (root / name).write_text(json.dumps(content))
        return root / name

    return write_files


@pytest.fixture
def found(write):
    """found(content): the findings as (level, check, count, message, first offender)."""

    def report(content, **options):
        findings = check_annotation_file(write(content), **options).findings
        return [(f.level, f.check, f.count, f.message, f.examples[0]) for f in findings]

    return report
