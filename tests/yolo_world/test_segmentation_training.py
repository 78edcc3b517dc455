"""A small segmentation model learns drawn shapes with mmengine's runner and is measured."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

import vl_runtime.metrics  # noqa: F401
import yolo_world  # noqa: F401

SIZE = 64
CLASSES = ('disc', 'triangle')
CHANNELS = [256, 512, 512]
SCALE = {
    'deepen_factor': 0.33,
    'widen_factor': 0.125,
    'norm_cfg': {'type': 'BN', 'momentum': 0.1, 'eps': 0.001},
}
META = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param', 'texts')


def outline(generator, label):
    """Corners (N, 2) of a shape of 60 x 48 pixels' picture."""
    radius = generator.uniform(10, 16)
    centre = generator.uniform([radius, radius], [60 - radius, 48 - radius])
    angles = np.arange(24 if label == 0 else 3) * 2 * np.pi / (24 if label == 0 else 3)
    angles += generator.uniform(0, 6)
    return np.stack([np.cos(angles), np.sin(angles)], 1) * radius + centre


@pytest.fixture
def shapes(tmp_path):
    """Six pictures, each of one bright disc or triangle, with polygons."""
    generator = np.random.default_rng(0)
    images, annotations = [], []
    for index in range(6):
        label = index % 2
        corners = outline(generator, label)
        picture = generator.integers(20, 60, (48, 60, 3)).astype(np.uint8)
        colour = (60, 220, 60) if label == 0 else (60, 60, 220)
        cv2.fillPoly(picture, [corners.round().astype(np.int32)], colour)
        cv2.imwrite(str(tmp_path / f'{index}.png'), picture)
        images.append({'id': index + 1, 'file_name': f'{index}.png', 'width': 60, 'height': 48})
        low, high = corners.min(0), corners.max(0)
        annotations.append(
            {
                'id': index + 1,
                'image_id': index + 1,
                'category_id': label + 1,
                'bbox': [*low.tolist(), *(high - low).tolist()],
                'area': float(cv2.contourArea(corners.astype(np.float32))),
                'iscrowd': 0,
                'segmentation': [corners.reshape(-1).tolist()],
            }
        )
    categories = [{'id': k + 1, 'name': name} for k, name in enumerate(CLASSES)]
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    (tmp_path / 'shapes.json').write_text(json.dumps(content))
    vectors = torch.nn.functional.normalize(torch.eye(12)[:2] + 0.1, dim=-1)
    torch.save(dict(zip(CLASSES, vectors)), tmp_path / 'texts.pth')
    return tmp_path


def dataset(folder, pipeline, **options):
    inner = {
        'type': 'YOLOv5CocoDataset',
        'data_root': str(folder),
        'ann_file': 'shapes.json',
        'data_prefix': {'img': ''},
        **options,
    }
    return {'type': 'MultiModalDataset', 'dataset': inner, 'pipeline': pipeline}


def pipelines():
    resize = [
        {'type': 'mmyolo.YOLOv5KeepRatioResize', 'scale': (SIZE, SIZE)},
        {'type': 'mmyolo.LetterResize', 'scale': (SIZE, SIZE), 'pad_val': {'img': 114}},
    ]
    load = {'type': 'LoadImageFromFile'}
    train = [
        load,
        {
            'type': 'mmyolo.LoadAnnotations',
            'with_bbox': True,
            'with_mask': True,
            'mask2bbox': True,
        },
        *resize,
        {'type': 'mmdet.RandomFlip', 'prob': 0.5},
        {'type': 'mmyolo.Polygon2Mask', 'downsample_ratio': 4, 'mask_overlap': False},
        {'type': 'RandomLoadText', 'num_neg_samples': (2, 2), 'max_num_samples': 2},
        {'type': 'mmyolo.PackDetInputs', 'meta_keys': ('img_id', 'img_path', 'ori_shape', 'texts')},
    ]
    test = [
        load,
        *resize,
        {'type': 'LoadText'},
        {'type': 'mmdet.PackDetInputs', 'meta_keys': META},
    ]
    return train, test


def model(folder):
    return {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'use_syncbn': False,
        'data_preprocessor': {
            'type': 'YOLOWDetDataPreprocessor',
            'mean': [0.0] * 3,
            'std': [255.0] * 3,
            'bgr_to_rgb': True,
        },
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': dict(type='YOLOv8CSPDarknet', last_stage_out_channels=512, **SCALE),
            'text_model': {
                'type': 'PseudoLanguageBackbone',
                'text_embed_path': str(folder / 'texts.pth'),
            },
        },
        'neck': dict(
            type='YOLOWorldPAFPN',
            in_channels=CHANNELS,
            out_channels=CHANNELS,
            guide_channels=12,
            embed_channels=[128, 256, 256],
            num_heads=[16, 32, 32],
            **SCALE,
        ),
        'bbox_head': {
            'type': 'YOLOWorldSegHead',
            'loss_mask_weight': 1.0,
            'head_module': {
                'type': 'YOLOWorldSegHeadModule',
                'num_classes': 2,
                'in_channels': CHANNELS,
                'widen_factor': 0.125,
                'reg_max': 8,
                'norm_cfg': SCALE['norm_cfg'],
                'embed_dims': 12,
                'use_bn_head': True,
                'proto_channels': 32,
                'mask_channels': 8,
            },
        },
        'train_cfg': {
            'assigner': {
                'type': 'BatchTaskAlignedAssigner',
                'num_classes': 2,
                'use_ciou': True,
                'topk': 10,
                'alpha': 0.5,
                'beta': 6.0,
                'eps': 1e-9,
            }
        },
        'test_cfg': {
            'multi_label': True,
            'nms_pre': 1000,
            'score_thr': 0.01,
            'nms': {'type': 'nms', 'iou_threshold': 0.7},
            'max_per_img': 20,
            'mask_thr_binary': 0.5,
            'fast_test': True,
        },
    }


def recipe(folder, epochs):
    train, test = pipelines()
    loader = {'num_workers': 0, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}}
    evaluator = {
        'type': 'CocoDetectionMetric',
        'ann_file': str(folder / 'shapes.json'),
        'metric': ['bbox', 'segm'],
    }
    return Config(
        {
            'default_scope': 'mmyolo',
            'work_dir': str(folder / 'work'),
            'model': model(folder),
            'train_dataloader': dict(
                loader,
                batch_size=6,
                dataset=dataset(folder, train),
                collate_fn={'type': 'yolow_collate'},
            ),
            'val_dataloader': dict(
                loader, batch_size=4, dataset=dataset(folder, test, test_mode=True)
            ),
            'val_evaluator': evaluator,
            'train_cfg': {'by_epoch': True, 'max_epochs': epochs, 'val_interval': epochs},
            'val_cfg': {},
            'optim_wrapper': {'optimizer': {'type': 'AdamW', 'lr': 2e-3}},
            'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': epochs, 'by_epoch': True}],
            'default_hooks': {
                'checkpoint': {'type': 'CheckpointHook', 'interval': -1},
                'logger': {'type': 'LoggerHook', 'interval': 1},
            },
            'log_level': 'WARNING',
            'randomness': {'seed': 0},
            'experiment_name': 'segmentation',
        }
    )


@pytest.mark.slow
def test_masks_are_learnt_and_measured(shapes):
    runner = Runner.from_cfg(recipe(shapes, epochs=90))

    runner.train()

    history = runner.message_hub.get_scalar('train/loss_mask').data[0]
    assert np.mean(history[-10:]) < 0.5 * np.mean(history[:10])
    found = {
        name: runner.message_hub.get_scalar(f'val/coco/{name}_mAP_50').current()
        for name in ('bbox', 'segm')
    }
    assert found['bbox'] > 0.5
    assert found['segm'] > 0.5
