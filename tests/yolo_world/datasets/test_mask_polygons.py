import numpy as np
import pytest
from mmengine.registry import DATASETS
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError
from yolo_world.datasets import mask_polygons
from yolo_world.datasets.mask_polygons import polygons_of

LOAD = [
    {'type': 'mmyolo.LoadImageFromFile'},
    {'type': 'mmyolo.LoadAnnotations', 'with_bbox': True, 'with_mask': True, 'mask2bbox': True},
]


def two_parts(height=40, width=60):
    mask = np.zeros((height, width), np.uint8)
    mask[5:20, 4:30] = 1
    mask[25:35, 40:55] = 1
    mask[8:12, 8:12] = 0  # a hole
    return mask


def as_counts(mask):
    flat = mask.flatten(order='F')
    changes = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
    return {'size': list(mask.shape), 'counts': np.diff([0, *changes, flat.size]).tolist()}


def as_text(mask):
    code = coco_mask.encode(np.asfortranarray(mask))
    return dict(code, counts=code['counts'].decode())


@pytest.mark.parametrize('write', [as_counts, as_text])
def test_outlines_cover_the_mask_without_its_holes(write):
    mask = two_parts()

    outlines = polygons_of(write(mask), 'here')

    boxes = sorted(
        [min(part[::2]), min(part[1::2]), max(part[::2]), max(part[1::2])] for part in outlines
    )
    assert boxes == [[4, 5, 29, 19], [40, 25, 54, 34]]


def test_run_length_codes_are_trained_on(write_coco, coco_content):
    for item in coco_content['annotations']:
        size = (40, 60) if item['image_id'] == 1 else (64, 32)
        mask = np.zeros(size, np.uint8)
        x, y, width, height = item['bbox']
        mask[y : y + height, x : x + width] = 1
        item['segmentation'] = as_text(mask)
    config = {'type': 'MultiModalDataset', 'dataset': write_coco(coco_content), 'pipeline': LOAD}

    results = DATASETS.build(config)[0]

    assert len(results['gt_masks']) == 2
    boxes = results['gt_bboxes'].tensor.tolist()
    assert boxes == [[2, 3, 21, 12], [30, 5, 41, 34]]


def test_objects_without_a_mask_are_told_once(write_coco, coco_content, monkeypatch):
    messages = []
    monkeypatch.setattr(
        mask_polygons, 'print_log', lambda message, **kwargs: messages.append(message)
    )
    coco_content['annotations'][0]['segmentation'] = [[2, 3, 22, 3, 22, 13]]
    config = {'type': 'MultiModalDataset', 'dataset': write_coco(coco_content), 'pipeline': LOAD}
    dataset = DATASETS.build(config)

    assert len(dataset[0]['gt_masks']) == len(dataset[0]['gt_bboxes']) == 1
    assert len(dataset[1]['gt_bboxes']) == 0

    assert len(messages) == 1
    assert 'objects without a mask are left out of training' in messages[0]
    assert 'a.png has 1 of 2' in messages[0]


def test_data_sets_without_masks_are_not_looked_at(write_coco, coco_content):
    pipeline = [LOAD[0], {'type': 'mmyolo.LoadAnnotations', 'with_bbox': True}]
    inner = write_coco(coco_content)
    dataset = DATASETS.build({'type': 'MultiModalDataset', 'dataset': inner, 'pipeline': pipeline})

    assert len(dataset[0]['gt_bboxes']) == 2


@pytest.mark.parametrize(
    ('code', 'message'),
    [
        ({'size': [4, 4]}, 'here: expected "segmentation" as polygons, or with "size"'),
        ({'size': [4, 4], 'counts': [3, 3]}, 'expected "counts" of 4 x 4 pixels, found 6'),
    ],
)
def test_a_code_that_cannot_be_read_is_told(code, message):
    with pytest.raises(InputValueError, match=message):
        polygons_of(code, 'here')
