"""A published pre-training recipe runs: joined data sets, mosaic closed, LVIS measured."""

import json

import cv2
import numpy as np
import pytest

from tests.configs.published_values import recipe_path
from tests.configs.small_runs import run_tool, write_clip_folder
from vl_runtime.compat import optional
from yolo_world.datasets import YOLOv5LVISV1Dataset, YOLOv5Objects365V1Dataset

RECIPE = 'pretrain/yolo_world_v2_s_vlpan_bn_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival'


def write_set(folder, ann_file, images, annotations, names=()):
    """Two noise pictures with one box each, in COCO format."""
    content = {
        'images': [
            {'id': i, 'width': 64, 'height': 64, **image} for i, image in enumerate(images, start=1)
        ],
        'annotations': [
            {
                'id': i,
                'image_id': i,
                'bbox': [8, 8, 40, 44],
                'area': 1760,
                'iscrowd': 0,
                'category_id': 1,
                **annotation,
            }
            for i, annotation in enumerate(annotations, start=1)
        ],
        'categories': [
            {'id': i, 'name': name, 'frequency': 'f', 'image_count': 1}
            for i, name in enumerate(names, start=1)
        ],
    }
    path = folder / ann_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))


@pytest.fixture
def published_folders(tmp_path, repository):
    """``data/`` as the recipe names it, two pictures in each set."""
    data = tmp_path / 'data'
    (data / 'texts').mkdir(parents=True)
    for name in ('obj365v1', 'lvis_v1'):
        source = repository / f'data/texts/{name}_class_texts.json'
        (data / 'texts' / source.name).write_text(source.read_text())
    names = ['a.png', 'b.png']
    files = [{'file_name': name} for name in names]
    write_set(
        data / 'objects365v1',
        'annotations/objects365_train.json',
        files,
        [{}, {'category_id': 7}],
        YOLOv5Objects365V1Dataset.METAINFO['classes'],
    )
    spoken = [{**file, 'caption': 'a dog on a sofa'} for file in files]
    spans = [{'tokens_positive': [[2, 5]]}, {'tokens_positive': [[11, 15]]}]
    write_set(data / 'flickr', 'annotations/final_flickr_separateGT_train.json', spoken, spans)
    write_set(data / 'mixed_grounding', 'annotations/final_mixed_train_no_coco.json', spoken, spans)
    addresses = [
        {
            'coco_url': f'http://images.cocodataset.org/val2017/{name}',
            'neg_category_ids': [],
            'not_exhaustive_category_ids': [],
        }
        for name in names
    ]
    write_set(
        data / 'coco',
        'lvis/lvis_v1_minival_inserted_image_name.json',
        addresses,
        [{}, {'category_id': 1203}],
        YOLOv5LVISV1Dataset.METAINFO['classes'],
    )
    folders = (
        'objects365v1/train',
        'flickr/full_images',
        'mixed_grounding/gqa/images',
        'coco/val2017',
    )
    for folder in folders:
        for name in names:
            write_picture(data / folder / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(not optional.available('lvis'), reason='the published metric needs lvis')
def test_it_trains_closes_mosaic_and_measures_lvis(repository, golden, published_folders):
    (published_folders / 'clip').mkdir()
    clip = write_clip_folder(published_folders / 'clip', golden, num_layers=2)
    options = [
        '--cfg-options',
        f'model.backbone.text_model.model_name={clip}',
        *(
            f'model.{part}.widen_factor=0.25'
            for part in ('backbone.image_model', 'neck', 'bbox_head.head_module')
        ),
        'model.test_cfg.score_thr=0.0',  # an untrained model is sure of nothing
        'train_cfg.max_epochs=2',
        'train_cfg.val_interval=2',
        'custom_hooks.1.switch_epoch=1',
        'train_dataloader.batch_size=2',
        'train_dataloader.num_workers=1',
        'val_dataloader.num_workers=0',
        'val_dataloader.persistent_workers=False',
    ]

    shown = run_tool(repository, 'train.py', recipe_path(RECIPE), *options, cwd=published_folders)

    assert '3 data sets switch pipeline' in shown
    assert 'lvis/bbox_AP' in shown
