"""Masks from annotation files through mixing, augmentation and collation."""

import copy

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, FUNCTIONS

SIZE = 64
LOAD = [
    {'type': 'mmyolo.LoadImageFromFile'},
    {'type': 'mmyolo.LoadAnnotations', 'with_bbox': True, 'with_mask': True, 'mask2bbox': True},
]
MOSAIC = [
    *LOAD,
    {'type': 'MultiModalMosaic', 'img_scale': (SIZE, SIZE), 'pre_transform': LOAD},
    {'type': 'mmyolo.YOLOv5CopyPaste', 'prob': 0.5},
    {
        'type': 'mmyolo.YOLOv5RandomAffine',
        'max_rotate_degree': 0.0,
        'max_shear_degree': 0.0,
        'max_aspect_ratio': 100.0,
        'scaling_ratio_range': (0.9, 1.5),
        'border': (-SIZE // 2, -SIZE // 2),
        'border_val': (114, 114, 114),
        'min_area_ratio': 0.01,
        'use_mask_refine': True,
    },
]
END = [
    {'type': 'mmyolo.Polygon2Mask', 'downsample_ratio': 4, 'mask_overlap': False},
    {
        'type': 'RandomLoadText',
        'num_neg_samples': (2, 2),
        'max_num_samples': 3,
        'padding_to_max': True,
    },
    {'type': 'mmyolo.PackDetInputs', 'meta_keys': ('img_id', 'img_path', 'ori_shape', 'texts')},
]
TRAIN = [
    *MOSAIC,
    {'type': 'YOLOv5MultiModalMixUp', 'prob': 0.5, 'pre_transform': MOSAIC},
    {'type': 'mmdet.RandomFlip', 'prob': 0.5},
    *END,
]


@pytest.fixture
def masked(coco_content, write_coco, tmp_path):
    """A data set of two pictures whose objects are white on black and have polygons."""

    def make(pipeline, content=None):
        content = content or polygons(coco_content)
        inner = write_coco(content)
        for image in content['images']:
            picture = np.zeros((image['height'], image['width'], 3), np.uint8)
            for item in content['annotations']:
                if item['image_id'] == image['id']:
                    for points in item['segmentation']:
                        corners = np.array(points).reshape(-1, 2).round().astype(np.int32)
                        cv2.fillPoly(picture, [corners], (255, 255, 255))
            cv2.imwrite(str(tmp_path / image['file_name']), picture)
        return DATASETS.build(
            {'type': 'MultiModalDataset', 'dataset': inner, 'pipeline': copy.deepcopy(pipeline)}
        )

    return make


def polygons(content):
    """The content with its boxes cut to triangles."""
    for item in content['annotations']:
        x, y, width, height = item['bbox']
        item['segmentation'] = [[x, y, x + width, y + height / 2, x, y + height]]
    return content


def test_masks_cover_the_objects_of_the_mixed_picture(masked):
    dataset = masked(TRAIN)
    covered, white = 0, 0
    for index in range(20):
        item = dataset[index % 2]
        truth = item['data_samples'].gt_instances
        assert truth.masks.shape == (len(truth.bboxes), SIZE // 4, SIZE // 4)
        union = truth.masks.bool().any(0) if len(truth) else torch.zeros(16, 16).bool()
        bright = item['inputs'][0].unfold(0, 4, 4).unfold(1, 4, 4).float().mean((2, 3)) > 140
        covered += int((union & bright).sum())
        white += int(bright.sum())
    assert white > 50
    assert covered > 0.8 * white  # dropped slivers and the coarse grid cost some


def test_masks_stay_with_their_boxes(masked):
    dataset = masked(TRAIN)
    for index in range(20):
        truth = dataset[index % 2]['data_samples'].gt_instances
        for box, mask in zip(truth.bboxes.tensor, truth.masks.bool()):
            rows, columns = mask.nonzero(as_tuple=True)
            if len(rows):
                x1, y1, x2, y2 = (box / 4).tolist()
                assert columns.min() >= x1 - 1.5 and columns.max() <= x2 + 1.5
                assert rows.min() >= y1 - 1.5 and rows.max() <= y2 + 1.5


def test_batch_has_one_mask_per_box_as_bool(masked):
    dataset = masked(TRAIN)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=2, num_workers=1, collate_fn=FUNCTIONS.get('yolow_collate')
    )

    for batch in loader:
        data = batch['data_samples']
        assert data['masks'].dtype == torch.bool
        assert len(data['masks']) == len(data['bboxes_labels'])


def test_images_without_objects_add_no_mask(masked, coco_content):
    content = polygons(coco_content)
    content['annotations'] = content['annotations'][:1]
    dataset = masked([*LOAD, resize(), *END], content)
    collate = FUNCTIONS.get('yolow_collate')

    batch = collate([dataset[0], dataset[1]])['data_samples']
    alone = collate([dataset[1]])['data_samples']

    assert batch['masks'].shape == (1, 16, 16)
    assert batch['masks'].dtype == alone['masks'].dtype == torch.bool
    assert len(alone['masks']) == len(alone['bboxes_labels']) == 0


@pytest.mark.parametrize('scope', ['mmyolo', 'mmdet'])
def test_polygons_that_were_not_drawn_become_masks_of_full_size(masked, scope):
    pack = dict(END[2], type=f'{scope}.PackDetInputs')
    dataset = masked([*LOAD, resize(), END[1], pack])

    batch = FUNCTIONS.get('yolow_collate')([dataset[0], dataset[1]])['data_samples']

    assert batch['masks'].dtype == torch.bool
    assert batch['masks'].shape == (3, SIZE, SIZE)
    share = batch['masks'].sum((1, 2)) / (
        batch['bboxes_labels'][:, 4:] - batch['bboxes_labels'][:, 2:4]
    ).prod(1)
    assert ((share > 0.4) & (share < 0.65)).all()  # triangles


def test_partner_without_masks_and_boxes_leaves_the_others_masks(masked, coco_content):
    content = polygons(coco_content)
    content['annotations'] = content['annotations'][:1]
    dataset = masked(TRAIN, content)

    for index in range(10):
        truth = dataset[index % 2]['data_samples'].gt_instances
        assert len(truth.masks) == len(truth.bboxes)


def resize():
    return {
        'type': 'mmyolo.LetterResize',
        'scale': (SIZE, SIZE),
        'allow_scale_up': True,
        'pad_val': {'img': 0},
    }
