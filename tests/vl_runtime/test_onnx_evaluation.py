import copy
import json
import os
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from tests.tool_process import run as run_process
from vl_runtime import launch
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.onnx_evaluation import evaluate_file
from yolo_world.export import export_onnx

CLASSES = ('dog', 'cat', 'car', 'bus')
THRESHOLDS = {'score_threshold': 0.001, 'iou_threshold': 0.7, 'pre_top_k': 300, 'keep_top_k': 100}


@pytest.fixture
def data(tmp_path):
    """Six noise pictures of 64 x 64 with a box of each class in turn."""
    generator = np.random.default_rng(0)
    images, annotations = [], []
    for index in range(6):
        picture = generator.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'{index}.png'), picture)
        images.append(dict(id=index + 1, file_name=f'{index}.png', width=64, height=64))
        box = dict(bbox=[8, 8, 40, 40], area=1600, iscrowd=0)
        annotations.append(dict(box, id=index + 1, image_id=index + 1, category_id=index % 4 + 1))
    categories = [dict(id=index + 1, name=name) for index, name in enumerate(CLASSES)]
    content = dict(images=images, annotations=annotations, categories=categories)
    (tmp_path / 'boxes.json').write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def model_config(golden):
    """The reference's export case with its texts as learned prompts."""
    with np.load(golden / 'yolo_world' / 'deploy_outputs.npz', allow_pickle=False) as case:
        config = json.loads(str(case['cfg']))
        weights = {
            key[3:]: torch.from_numpy(case[key]) for key in case.files if key.startswith('sd.')
        }
        weights['embeddings'] = torch.from_numpy(case['in.text_feats'])[0]
    config.update(type='SimpleYOLOWorldDetector', prompt_dim=12, num_prompts=4)
    test = dict(nms_pre=300, score_thr=0.001, nms=dict(type='nms', iou_threshold=0.7))
    config['test_cfg'] = dict(test, multi_label=True, max_per_img=100)
    return config, weights


@pytest.fixture
def recipe(data, model_config):
    meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param')
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='mmyolo.YOLOv5KeepRatioResize', scale=(64, 64)),
        dict(type='mmyolo.LetterResize', scale=(64, 64), pad_val=dict(img=114)),
        dict(type='mmdet.PackDetInputs', meta_keys=meta),
    ]
    dataset = dict(type='YOLOv5CocoDataset', data_root=str(data), ann_file='boxes.json')
    dataset['metainfo'] = dict(classes=CLASSES)
    dataset.update(data_prefix=dict(img=''), test_mode=True, pipeline=pipeline)
    loader = dict(batch_size=2, num_workers=0, dataset=dataset)
    loader.update(sampler=dict(type='DefaultSampler', shuffle=False))
    metric = dict(type='CocoDetectionMetric', ann_file=str(data / 'boxes.json'))
    path = data / 'recipe.py'
    path.write_text(
        "custom_imports = dict(imports=['yolo_world'])\ndefault_scope = 'mmyolo'\n"
        f"test_cfg = dict(type='TestLoop')\nmodel = {model_config[0]!r}\n"
        f'test_dataloader = {loader!r}\ntest_evaluator = {metric!r}\n'
    )
    return path


@pytest.fixture
def exported(data, model_config):
    def export(texts=CLASSES):
        detector = MODELS.build(ConfigDict(copy.deepcopy(model_config[0]))).eval()
        detector.load_state_dict(model_config[1])
        detector.texts = [list(texts)]
        path = data / 'best.onnx'
        export_onnx(detector, path, image_size=(64, 64), **THRESHOLDS)
        return path

    return export


def test_a_file_scores_as_its_checkpoint(recipe, exported, model_config, data):
    torch.save({'state_dict': model_config[1]}, data / 'best.pth')
    _take_predictions_as_truth(recipe, data)
    expected = launch.test(recipe, data / 'best.pth', work_dir=data / 'run')
    scores, report = evaluate_file(exported(), recipe, work_dir=data / 'run')
    assert scores['coco/bbox_mAP'] == pytest.approx(expected['coco/bbox_mAP'], abs=1e-3)
    assert 0.1 < expected['coco/bbox_mAP'] <= 1
    assert report == data / 'run' / 'best_onnx_metrics.json'
    assert json.loads(report.read_text())['metrics'] == scores


def _take_predictions_as_truth(recipe, data):
    """The best box of every picture: a random network then has a precision above nothing."""
    predictor = Predictor.from_checkpoint(recipe, data / 'best.pth', 'cpu')
    content = json.loads((data / 'boxes.json').read_text())
    for image, annotation in zip(content['images'], content['annotations'], strict=True):
        found = predictor.predict(data / image['file_name'])[0]
        left, top, right, bottom = found.boxes_xyxy[found.scores.argmax()].tolist()
        box = [left, top, right - left, bottom - top]
        label = int(found.labels[found.scores.argmax()])
        annotation.update(bbox=box, area=box[2] * box[3], category_id=label + 1)
    (data / 'boxes.json').write_text(json.dumps(content))


def test_texts_in_another_order_than_the_classes_are_refused(recipe, exported, data):
    path = exported(texts=('cat', 'dog', 'car', 'bus'))
    message = r"best\.onnx: text 0, 'cat': .* class 0 of the data set is 'dog'; export with the"
    with pytest.raises(InputValueError, match=message):
        evaluate_file(path, recipe, work_dir=data)


def test_a_recipe_without_test_data_is_one_line(exported, data):
    (data / 'empty.py').write_text('model = dict()\n')
    with pytest.raises(InputKeyError, match=r'empty\.py: expected test_dataloader, found none'):
        evaluate_file(exported(), data / 'empty.py', work_dir=data)


def test_the_tool_takes_a_file_in_place_of_a_checkpoint(recipe, exported, repository, data):
    tool = [sys.executable, str(repository / 'tools' / 'test.py'), str(recipe), str(exported())]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    run = dict(cwd=data, env=environment)
    result = run_process(tool, **run)
    assert result.returncode == 0, result.stderr
    assert 'coco/bbox_mAP: ' in result.stdout
    assert 'report: work_dirs/recipe/best_onnx_metrics.json' in result.stdout
    result = run_process([*tool, '--tta'], **run)
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert '--tta needs a checkpoint, not an .onnx file.' in result.stderr
