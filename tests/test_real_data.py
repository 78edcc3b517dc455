"""Real pictures and real embeddings, where the small public samples lie beside the checkout."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, METRICS
from mmengine.structures import InstanceData

from vl_runtime.converters.convert import convert_voc, convert_yolo
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLES = REPOSITORY.parent / 'shared' / 'data'
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason='the samples of public data sets are not beside the checkout'
)


@pytest.fixture
def coco_recipe(tmp_path, monkeypatch):
    """The COCO recipe on the small sample, with real CLIP embeddings of its 80 classes."""
    monkeypatch.chdir(REPOSITORY)
    config = load_config(
        'configs/finetune/yolo_world_n_finetune_coco_clip.py',
        {
            'data_root': str(SAMPLES / 'coco_small'),
            'train_dataloader.dataset.dataset.data_prefix.img': 'images/',
            'val_dataloader.dataset.dataset.data_prefix.img': 'images/',
            'test_dataloader.dataset.dataset.data_prefix.img': 'images/',
            'default_scope': 'mmyolo',
        },
    )
    embeddings = SAMPLES / 'clip_class_embeddings' / 'coco_clip_a+cname.npy'
    config.model.backbone.text_model.text_embed_path = str(embeddings)
    return config


def test_blood_cells_convert_with_their_empty_box_named(tmp_path):
    lines = convert_voc(SAMPLES / 'bccd_small', tmp_path)

    assert any('BloodImage_00338.xml' in line and 'empty' in line for line in lines)
    for split, images in (('train', 48), ('val', 12)):
        written = json.loads((tmp_path / f'annotations/instances_{split}.json').read_text())
        assert len(written['images']) == images
        assert [c['name'] for c in written['categories']] == ['Platelets', 'RBC', 'WBC']
        assert (tmp_path / written['images'][0]['file_name']).is_file()


def test_voc_and_yolo_labels_of_the_same_pictures_agree(tmp_path):
    convert_voc(SAMPLES / 'fabric_small', tmp_path / 'voc')
    convert_yolo(SAMPLES / 'fabric_small', tmp_path / 'yolo')
    voc, yolo = (
        json.loads((tmp_path / kind / 'annotations/instances_all.json').read_text())
        for kind in ('voc', 'yolo')
    )
    assert len(yolo['annotations']) == 19 and voc['categories'] == yolo['categories']
    np.testing.assert_allclose(
        [a['bbox'] for a in voc['annotations']], [a['bbox'] for a in yolo['annotations']], atol=1.1
    )


def test_crowds_and_the_image_without_annotations_are_evaluated(coco_recipe):
    dataset = DATASETS.build(coco_recipe.val_dataloader.dataset)
    assert len(dataset) == 8
    instances = [dataset.get_data_info(i)['instances'] for i in range(8)]
    assert sum(i['ignore_flag'] for image in instances for i in image) == 1
    assert [len(image) for image in instances].count(0) == 1

    metric = METRICS.build(coco_recipe.val_evaluator)
    metric.dataset_meta = dataset.metainfo
    for index, image in enumerate(instances):
        info = dataset.get_data_info(index)
        kept = [i for i in image if not i['ignore_flag']]
        predicted = InstanceData(
            bboxes=torch.tensor([i['bbox'] for i in kept]).reshape(-1, 4),
            labels=torch.tensor([i['bbox_label'] for i in kept], dtype=torch.long),
            scores=torch.ones(len(kept)),
        )
        sample = dict(
            img_id=info['img_id'],
            ori_shape=(info['height'], info['width']),
            pred_instances=predicted,
        )
        metric.process({}, [sample])
    scores = metric.evaluate(len(dataset))
    assert scores['coco/bbox_mAP'] == pytest.approx(1)
    assert sum(key.startswith('coco/AP/') for key in scores) == 20


def test_coco_samples_go_through_the_training_pipeline(coco_recipe):
    dataset = DATASETS.build(coco_recipe.train_dataloader.dataset)
    for index in range(0, 25, 6):
        sample = dataset[index]
        assert sample['inputs'].shape == (3, 320, 320)
        texts = sample['data_samples'].texts
        assert len(texts) == 80 and sample['data_samples'].gt_instances.labels.max() < 80


@pytest.mark.parametrize(('table', 'num_texts'), [('coco', 80), ('lvis_v1', 1203)])
def test_one_model_answers_80_and_1203_texts(coco_recipe, tmp_path, table, num_texts):
    from mmdet.datasets import LVISV1Dataset

    text_model = coco_recipe.model.backbone.text_model
    texts = json.loads((REPOSITORY / text_model.texts_path).read_text())
    if table == 'lvis_v1':
        texts = [[name.replace('_', ' ')] for name in LVISV1Dataset.METAINFO['classes']]
        text_model.test_texts_path = str(tmp_path / 'lvis.json')
        Path(text_model.test_texts_path).write_text(json.dumps(texts))
        (table_file,) = SAMPLES.glob('clip_class_embeddings/lvis_v1*.npy')
        text_model.test_embed_path = str(table_file)
    torch.manual_seed(0)
    predictor = Predictor.from_checkpoint(coco_recipe)
    picture = cv2.imread(str(sorted((SAMPLES / 'coco_small/images').glob('*.jpg'))[0]))

    (prediction,) = predictor.predict(
        picture, texts=[names[0] for names in texts], score_threshold=0.0, max_boxes=50
    )

    assert len(prediction.texts) == num_texts
    assert len(prediction.scores) <= 50 and np.isfinite(prediction.boxes_xyxy).all()
