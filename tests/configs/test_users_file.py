"""A recipe as users of the published repository have them works unchanged, anywhere."""

import json

import cv2
import numpy as np
import pytest

from tests.configs.small_runs import run_tool, write_clip_folder

NAMES = ('red square', 'blue disc')
# Structure of the published fine-tuning files: mmyolo's mask-refine base, placeholders of
# mmengine, lists taken from the base by index.
RECIPE = """
_base_ = (
    '../../third_party/mmyolo/configs/yolov8/'
    'yolov8_s_mask-refine_syncbn_fast_8xb16-500e_coco.py')
custom_imports = dict(imports=['yolo_world'], allow_failed_imports=False)

num_classes = 2
num_training_classes = 2
max_epochs = 2
close_mosaic_epochs = 1
save_epoch_intervals = 1
text_channels = 12
neck_embed_channels = [128, 256, _base_.last_stage_out_channels // 2]
neck_num_heads = [4, 8, _base_.last_stage_out_channels // 2 // 32]
base_lr = 2e-4
train_batch_size_per_gpu = 2
load_from = None
text_model_name = 'CLIP_FOLDER'
img_scale = (64, 64)

model = dict(
    type='YOLOWorldDetector',
    mm_neck=True,
    num_train_classes=num_training_classes,
    num_test_classes=num_classes,
    data_preprocessor=dict(type='YOLOWDetDataPreprocessor'),
    backbone=dict(
        _delete_=True,
        type='MultiModalYOLOBackbone',
        image_model={{_base_.model.backbone}},
        text_model=dict(
            type='HuggingCLIPLanguageBackbone',
            model_name=text_model_name,
            frozen_modules=['all'])),
    neck=dict(
        type='YOLOWorldPAFPN',
        guide_channels=text_channels,
        embed_channels=neck_embed_channels,
        num_heads=neck_num_heads,
        block_cfg=dict(type='MaxSigmoidCSPLayerWithTwoConv')),
    bbox_head=dict(
        type='YOLOWorldHead',
        head_module=dict(
            type='YOLOWorldHeadModule',
            use_bn_head=True,
            embed_dims=text_channels,
            num_classes=num_training_classes)),
    train_cfg=dict(assigner=dict(num_classes=num_training_classes)))

text_transform = [
    dict(type='RandomLoadText', num_neg_samples=(2, 2), max_num_samples=num_training_classes,
         padding_to_max=True, padding_value=''),
    dict(type='mmdet.PackDetInputs',
         meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'flip_direction',
                    'texts'))
]
mosaic_affine_transform = [
    dict(type='MultiModalMosaic', img_scale=img_scale, pad_val=114.0,
         pre_transform=_base_.pre_transform),
    dict(type='YOLOv5CopyPaste', prob=0.3),
    dict(type='YOLOv5RandomAffine', max_rotate_degree=0.0, max_shear_degree=0.0,
         max_aspect_ratio=100., scaling_ratio_range=(0.5, 1.5),
         border=(-img_scale[0] // 2, -img_scale[1] // 2), border_val=(114, 114, 114),
         min_area_ratio=_base_.min_area_ratio, use_mask_refine=_base_.use_mask2refine)
]
train_pipeline = [
    *_base_.pre_transform, *mosaic_affine_transform,
    dict(type='YOLOv5MultiModalMixUp', prob=0.15,
         pre_transform=[*_base_.pre_transform, *mosaic_affine_transform]),
    *_base_.last_transform[:-1], *text_transform
]
train_pipeline_stage2 = [
    *_base_.pre_transform,
    dict(type='YOLOv5KeepRatioResize', scale=img_scale),
    dict(type='LetterResize', scale=img_scale, allow_scale_up=True, pad_val=dict(img=114.0)),
    *_base_.last_transform[:-1], *text_transform
]
coco_train_dataset = dict(
    _delete_=True,
    type='MultiModalDataset',
    dataset=dict(
        type='YOLOv5CocoDataset', metainfo=dict(classes=('red square', 'blue disc')),
        data_root='DATA', ann_file='ann.json', data_prefix=dict(img=''),
        filter_cfg=dict(filter_empty_gt=False, min_size=32)),
    class_text_path='DATA/texts.json',
    pipeline=train_pipeline)
train_dataloader = dict(
    persistent_workers=True, num_workers=1, batch_size=train_batch_size_per_gpu,
    collate_fn=dict(type='yolow_collate'), dataset=coco_train_dataset)
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='YOLOv5KeepRatioResize', scale=img_scale),
    dict(type='LetterResize', scale=img_scale, allow_scale_up=False, pad_val=dict(img=114)),
    dict(type='LoadAnnotations', with_bbox=True, _scope_='mmdet'),
    dict(type='LoadText'),
    dict(type='mmdet.PackDetInputs',
         meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param',
                    'texts'))
]
coco_val_dataset = dict(
    _delete_=True,
    type='MultiModalDataset',
    dataset=dict(
        type='YOLOv5CocoDataset', metainfo=dict(classes=('red square', 'blue disc')),
        data_root='DATA', ann_file='ann.json', data_prefix=dict(img=''),
        filter_cfg=dict(filter_empty_gt=False, min_size=32)),
    class_text_path='DATA/texts.json',
    pipeline=test_pipeline)
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=coco_val_dataset)
test_dataloader = val_dataloader
default_hooks = dict(
    param_scheduler=dict(scheduler_type='linear', lr_factor=0.01, max_epochs=max_epochs),
    checkpoint=dict(max_keep_ckpts=-1, save_best=None, interval=save_epoch_intervals))
custom_hooks = [
    dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.0001, update_buffers=True,
         strict_load=False, priority=49),
    dict(type='mmdet.PipelineSwitchHook', switch_epoch=max_epochs - close_mosaic_epochs,
         switch_pipeline=train_pipeline_stage2)
]
train_cfg = dict(
    max_epochs=max_epochs, val_interval=5,
    dynamic_intervals=[((max_epochs - close_mosaic_epochs), _base_.val_interval_stage2)])
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True, type='AdamW', lr=base_lr, weight_decay=0.05,
        batch_size_per_gpu=train_batch_size_per_gpu),
    paramwise_cfg=dict(custom_keys={
        'backbone.text_model': dict(lr_mult=0.01),
        'logit_scale': dict(weight_decay=0.0)}),
    constructor='YOLOWv5OptimizerConstructor')
val_evaluator = dict(
    _delete_=True, type='mmdet.CocoMetric', proposal_nums=(100, 1, 10),
    ann_file='DATA/ann.json', metric='bbox')
test_evaluator = val_evaluator
"""
WIDTH = 0.25  # of the published 0.5, to be quick


@pytest.fixture
def clip_folder(tmp_path, golden):
    """A complete CLIP folder with random weights, 12-d embeddings."""
    (tmp_path / 'clip').mkdir()
    return write_clip_folder(tmp_path / 'clip', golden, num_layers=2, dim=12)


@pytest.fixture
def data(tmp_path):
    """Four pictures with a red square and a blue disc, both with polygons."""
    folder = tmp_path / 'data'
    folder.mkdir()
    images, boxes = [], []
    for number in range(1, 5):
        picture = np.full((64, 64, 3), 90, np.uint8)
        x = 4 + 3 * number
        cv2.rectangle(picture, (x, 6), (x + 19, 25), (0, 0, 255), -1)
        cv2.circle(picture, (44, 46), 12, (255, 0, 0), -1)
        cv2.imwrite(str(folder / f'{number}.png'), picture)
        images.append({'id': number, 'file_name': f'{number}.png', 'width': 64, 'height': 64})
        for category, (left, top, size) in enumerate(((x, 6, 20), (32, 34, 24)), start=1):
            right, bottom = left + size, top + size
            boxes.append(
                {
                    'id': len(boxes) + 1,
                    'image_id': number,
                    'category_id': category,
                    'bbox': [left, top, size, size],
                    'area': size * size,
                    'iscrowd': 0,
                    'segmentation': [[left, top, right, top, right, bottom, left, bottom]],
                }
            )
    categories = [{'id': i, 'name': name} for i, name in enumerate(NAMES, start=1)]
    content = {'images': images, 'annotations': boxes, 'categories': categories}
    (folder / 'ann.json').write_text(json.dumps(content))
    (folder / 'texts.json').write_text(json.dumps([[name] for name in NAMES]))
    return folder


@pytest.mark.slow
def test_it_trains_closes_mosaic_and_evaluates(repository, tmp_path, clip_folder, data):
    path = tmp_path / 'configs' / 'mine' / 'my_world.py'
    path.parent.mkdir(parents=True)
    path.write_text(RECIPE.replace('CLIP_FOLDER', clip_folder).replace('DATA', str(data)))
    options = [
        '--cfg-options',
        f'model.backbone.image_model.widen_factor={WIDTH}',
        f'model.neck.widen_factor={WIDTH}',
        f'model.bbox_head.head_module.widen_factor={WIDTH}',
    ]

    shown = run_tool(repository, 'train.py', path, *options, cwd=tmp_path)
    assert '1 data sets switch pipeline' in shown
    assert 'coco/bbox_mAP' in shown

    weights = tmp_path / 'work_dirs/my_world/epoch_2.pth'
    shown = run_tool(repository, 'test.py', path, weights, *options, cwd=tmp_path)
    assert 'coco/bbox_mAP' in shown
