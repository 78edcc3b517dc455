"""A detector whose answers a test can work out, with a data set of four pictures."""

import json

import cv2
import numpy as np
import pytest
import torch

RECIPE = """
custom_imports = dict(imports=['square_detectors'], allow_failed_imports=False)
default_scope = 'mmdet'
model = dict(
    type='ClosedSquareDetector', data_preprocessor=dict(type='mmdet.DetDataPreprocessor')
)
data_root = {root!r}
test_dataloader = dict(
    batch_size=2,
    dataset=dict(
        type='CocoDataset',
        data_root=data_root,
        ann_file='boxes.json',
        data_prefix=dict(img=''),
        metainfo=dict(classes=('cat', 'dog', 'bird')),
        test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=(8, 8), keep_ratio=False),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(
                type='PackDetInputs',
                meta_keys=('img_id', 'img_path', 'ori_shape', 'scale_factor'),
            ),
        ],
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='CocoDetectionMetric', ann_file=data_root + 'boxes.json')
log_level = 'ERROR'
"""
TRAINING = """
model = dict(type='ClosedSquareDetector')
train_dataloader = dict(
    batch_size=4, dataset=dict(type='CocoDataset', ann_file='gone/train.json'))
optim_wrapper = dict(
    accumulative_counts=8, optimizer=dict(type='AdamW', lr=1e-05), type='OptimWrapper')
train_cfg = dict(max_epochs=3, type='EpochBasedTrainLoop')
"""


@pytest.fixture
def square_run(predictor_recipe, tmp_path):
    """Recipe and checkpoint. Predicted: label k at (10k, 10k)-(10k + 20, 10k + 20), 0.9 / (k + 1).

    Pictures of 80 x 80: a cat as predicted; a dog half as high as predicted; a bird elsewhere; no
    object.
    """
    root = tmp_path / 'data'
    root.mkdir()
    boxes = [(1, 1, [0, 0, 20, 20]), (2, 2, [10, 10, 20, 10]), (3, 3, [60, 60, 20, 20])]
    content = {
        'images': [
            {'id': k, 'file_name': f'{k}.png', 'width': 80, 'height': 80} for k in (1, 2, 3, 4)
        ],
        'categories': [{'id': k + 1, 'name': n} for k, n in enumerate(('cat', 'dog', 'bird'))],
        'annotations': [
            {'id': image, 'image_id': image, 'category_id': category, 'bbox': box}
            | {'area': box[2] * box[3], 'iscrowd': 0}
            for image, category, box in boxes
        ],
    }
    (root / 'boxes.json').write_text(json.dumps(content))
    for image in content['images']:
        cv2.imwrite(str(root / image['file_name']), np.full((80, 80, 3), 90, np.uint8))
    recipe, checkpoint = tmp_path / 'recipe.py', tmp_path / 'best.pth'
    recipe.write_text(RECIPE.format(root=f'{root}/'))
    meta = {'cfg': TRAINING, 'epoch': 3, 'iter': 75, 'seed': 5}
    torch.save({'state_dict': {'weight': torch.zeros(2)}, 'meta': meta}, checkpoint)
    return recipe, checkpoint
