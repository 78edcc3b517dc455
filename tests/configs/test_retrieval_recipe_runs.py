"""The recipes of the published data sets train, validate and test: tiny model, drawn pictures."""

import csv
import json
from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS

from composed_retrieval.demo.composed_shapes import ComposedShapesSpec, make_composed_shapes
from composed_retrieval.ranking import read_ranking_file
from tests.composed_retrieval.conftest import write_json, write_picture
from tests.composed_retrieval.tiny_retriever import TINY
from vl_runtime import launch

RECIPES = Path(__file__).resolve().parents[2] / 'configs/retrieval'


def cirr(root):
    make_composed_shapes(
        root, ComposedShapesSpec(num_train=2, num_val=1, num_test=1, image_size=48)
    )
    names = json.loads((root / 'cirr/image_splits/split.rc2.train.json').read_text())
    write_json(root / 'boxes_train.json', {name: [[0.2, 0.2, 0.8, 0.8]] for name in names})


def fashion_iq(root):
    for category in ('dress', 'shirt', 'toptee'):
        names = [f'{category[0]}{number}' for number in range(3)]
        for seed, name in enumerate(names):
            write_picture(root / f'images/{name}.png', seed)
        entries = [
            {'candidate': names[0], 'target': names[1], 'captions': ['is red.', 'Has stripes ']},
            {'candidate': names[1], 'target': names[2], 'captions': ['longer', 'darker']},
        ]
        for split in ('train', 'val'):
            write_json(root / f'image_splits/split.{category}.{split}.json', names)
            write_json(root / f'captions/cap.{category}.{split}.json', entries)


def circo(root):
    images = [{'id': number, 'file_name': f'{number:012d}.jpg'} for number in (10, 20, 30, 40)]
    folder = root / 'COCO2017_unlabeled'
    write_json(folder / 'annotations/image_info_unlabeled2017.json', {'images': images})
    for seed, image in enumerate(images):
        write_picture(folder / 'unlabeled2017' / image['file_name'], seed)
    entry = {
        'id': 0,
        'reference_img_id': 10,
        'relative_caption': 'has two dogs',
        'shared_concept': 'a dog',
    }
    write_json(root / 'annotations/test.json', [entry])
    entry |= {'target_img_id': 30, 'gt_img_ids': [30, 20], 'semantic_aspects': ['addition']}
    write_json(root / 'annotations/val.json', [entry])


def oacirr(root):
    places = {'Union': ('OACIRR-Union', 'train')}
    for domain in ('Fashion', 'Car', 'Product', 'Landmark'):
        places[domain] = (f'OACIRR-Subset/OACIRR-{domain}', 'val')
    for domain, (place, split) in places.items():
        paths = {f'a{number}': f'{split}/A/a{number}.png' for number in range(3)}
        for seed, path in enumerate(paths.values()):
            write_picture(root / place / path, seed)
        entry = {
            'reference': 'a0',
            'target': 'a1',
            'reference_bounding_box': [4, 8, 22, 26],
            'object_category': 'car',
            'modification_text_mllm': 'parked at night',
        }
        inner = root / place / domain.lower()
        write_json(inner / f'image_splits/split.{split}.json', paths)
        write_json(inner / f'quadruple_captions/caption_full.{split}.json', [entry] * 2)


@pytest.fixture
def small(tmp_path):
    """``small(recipe, draw)``: the recipe with everything but its sizes, on a drawn data set."""

    def build(recipe, draw):
        root = tmp_path / 'data'
        draw(root)
        options = {
            f'{draw.__name__}_root': f'{root}/',
            'retrieval_token_root': f'{tmp_path}/tokens/',
        }
        config = launch.load_config(RECIPES / recipe, options)
        parts = {key: config.model.get(key) for key in ('region_loss', 'box_attention')}
        config.model = {**TINY, **parts}
        loaders = [config[f'{name}_dataloader'] for name in ('train', 'val', 'test')
                   if config.get(f'{name}_dataloader')]  # fmt: skip
        loaders += [config[f'{name}_cfg'].gallery_dataloader for name in ('val', 'test')
                    if 'gallery_dataloader' in (config.get(f'{name}_cfg') or {})]  # fmt: skip
        for loader in loaders:
            loader.update(num_workers=0, persistent_workers=False, batch_size=2)
            for step in loader.dataset.pipeline:
                if step.type == 'PadResizeCrop':
                    step.size = 16
        if config.get('train_dataloader') and config.train_dataloader.dataset.get('box_file'):
            config.train_dataloader.dataset.box_file = str(root / 'boxes_train.json')
        config.log_level = 'WARNING'
        return config

    return build


@pytest.mark.parametrize(
    ('recipe', 'draw', 'metric'),
    [
        ('composed_retriever_vit_g_cirr.py', cirr, 'cirr/mean7'),
        ('composed_retriever_vit_g_fashion_iq.py', fashion_iq, 'fashioniq/avg'),
        ('composed_retriever_vit_g_oacirr.py', oacirr, 'oacirr/avg'),
    ],
)
def test_an_epoch_is_trained_validated_and_tested(small, tmp_path, recipe, draw, metric):
    config = small(recipe, draw)
    config.train_cfg.max_epochs = 2
    launch.train(config, work_dir=tmp_path / 'run')
    rows = list(csv.DictReader((tmp_path / 'run/validation_metrics.csv').open()))
    assert len(rows) == 2 and 0 <= float(rows[-1][metric]) <= 1
    losses = list(csv.DictReader((tmp_path / 'run/train_metrics.csv').open()))
    assert float(losses[0]['loss_itc']) > 0
    assert ('loss_region' in losses[0]) == (config.model.get('region_loss') is not None)
    scores = launch.test(config, tmp_path / 'run/best.pth', work_dir=tmp_path / 'run')
    if draw is not cirr:  # CIRR's test targets are secret
        assert scores[metric] == pytest.approx(max(float(row[metric]) for row in rows), abs=1e-6)


def test_circo_is_measured_and_its_secret_split_ranked(small, tmp_path):
    config = small('composed_retriever_vit_g_circo.py', circo)
    weights = tmp_path / 'weights.pth'
    torch.save({'state_dict': MODELS.build(config.model).state_dict(), 'meta': {}}, weights)
    scores = launch.test(config, weights, work_dir=tmp_path / 'run')
    assert 0 < scores['circo/mAP@50'] <= 1
    assert list((tmp_path / 'run').glob('gallery_index/*'))
    config.test_dataloader.dataset.split = 'test'
    config.test_cfg.gallery_dataloader.dataset.queries.split = 'test'
    launch.test(config, weights, work_dir=tmp_path / 'run')
    _, answers = read_ranking_file(tmp_path / 'run/ranking_test.jsonl')
    assert sorted(answers[0].ranking) == ['10', '20', '30', '40']
