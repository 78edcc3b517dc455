"""The training and test pipelines with unusual images, through a data loader."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, FUNCTIONS

LOAD = [
    {'type': 'mmyolo.LoadImageFromFile'},
    {'type': 'mmyolo.LoadAnnotations', 'with_bbox': True},
]
MOSAIC = [
    *LOAD,
    {'type': 'MultiModalMosaic', 'img_scale': (64, 64), 'pre_transform': LOAD},
    {
        'type': 'mmyolo.YOLOv5RandomAffine',
        'max_rotate_degree': 0.0,
        'max_shear_degree': 0.0,
        'scaling_ratio_range': (0.5, 1.5),
        'border': (-32, -32),
        'border_val': (114, 114, 114),
    },
]
TRAIN = [
    *MOSAIC,
    {'type': 'YOLOv5MultiModalMixUp', 'prob': 0.5, 'pre_transform': MOSAIC},
    {'type': 'mmyolo.YOLOv5HSVRandomAug'},
    {'type': 'mmdet.RandomFlip', 'prob': 0.5},
    {
        'type': 'RandomLoadText',
        'num_neg_samples': (2, 2),
        'max_num_samples': 3,
        'padding_to_max': True,
    },
    {'type': 'mmdet.PackDetInputs', 'meta_keys': ('img_id', 'img_path', 'ori_shape', 'texts')},
]
UNUSUAL = {
    'grey': np.full((40, 60), 90, dtype=np.uint8),
    'alpha': np.full((40, 60, 4), 90, dtype=np.uint8),
    '16 bit': np.full((40, 60), 30000, dtype=np.uint16),
    'one pixel': np.full((1, 1, 3), 90, dtype=np.uint8),
}


@pytest.fixture
def with_image(write_coco, coco_content, tmp_path):
    """Inner data set whose first image is ``image``."""

    def make(image, **options):
        height, width = image.shape[:2]
        coco_content['images'][0].update(height=height, width=width)
        if min(height, width) == 1:
            coco_content['annotations'] = coco_content['annotations'][2:]
        config = write_coco(coco_content, **options)
        cv2.imwrite(str(tmp_path / 'a.png'), image)
        return config

    return make


@pytest.mark.parametrize('kind', UNUSUAL)
def test_unusual_images_are_trained_on(with_image, kind):
    dataset = DATASETS.build(
        {'type': 'MultiModalDataset', 'dataset': with_image(UNUSUAL[kind]), 'pipeline': TRAIN}
    )
    for _ in range(3):
        item = dataset[0]
        assert item['inputs'].shape == (3, 64, 64) and item['inputs'].dtype == torch.uint8
        assert len(item['data_samples'].texts) == 3


@pytest.mark.parametrize('kind', UNUSUAL)
def test_unusual_images_are_evaluated(with_image, kind, evaluation_pipeline):
    inner = with_image(UNUSUAL[kind], test_mode=True)
    dataset = DATASETS.build(
        {'type': 'MultiModalDataset', 'dataset': inner, 'pipeline': evaluation_pipeline}
    )
    item = dataset[0]
    assert item['inputs'].shape == (3, 64, 64)
    assert item['data_samples'].ori_shape == UNUSUAL[kind].shape[:2]
    assert item['data_samples'].texts == ['red_cell', 'platelet']


def test_boxes_keep_their_text_through_two_mosaics_and_a_mixup(with_image):
    dataset = DATASETS.build(
        {
            'type': 'MultiModalDataset',
            'dataset': with_image(np.zeros((40, 60, 3), dtype=np.uint8)),
            'pipeline': TRAIN,
        }
    )
    for index in range(20):
        sample = dataset[index % 2]['data_samples']
        for label in sample.gt_instances.labels:
            assert sample.texts[label] in ('red_cell', 'platelet')


def test_batches_come_through_worker_processes(with_image):
    dataset = DATASETS.build(
        {
            'type': 'MultiModalDataset',
            'dataset': with_image(np.zeros((40, 60, 3), dtype=np.uint8)),
            'pipeline': TRAIN,
        }
    )
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=2, num_workers=1, collate_fn=FUNCTIONS.get('yolow_collate')
    )
    batch = next(iter(loader))
    assert batch['inputs'].shape == (2, 3, 64, 64)
    assert [len(texts) for texts in batch['data_samples']['texts']] == [3, 3]
    assert batch['data_samples']['bboxes_labels'].shape[1] == 6


def test_crowd_boxes_are_not_trained_on(write_coco, coco_content):
    coco_content['annotations'][0]['iscrowd'] = 1
    inner = write_coco(coco_content)
    dataset = DATASETS.build({'type': 'MultiModalDataset', 'dataset': inner, 'pipeline': LOAD})
    assert dataset.get_data_info(0)['instances'][0]['ignore_flag'] == 1
    assert dataset[0]['gt_bboxes_labels'].tolist() == [1]
