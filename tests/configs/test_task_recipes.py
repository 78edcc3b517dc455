"""The recipes of logos, main subject and textile on a few drawn pictures and a tiny model."""

import json
import re
import shutil
from pathlib import Path

import pytest

from vl_runtime import launch
from vl_runtime.inference import Predictor
from vlm_detector.families.tiny import save_tiny_model
from vlm_detector.recipe_predictions import evaluate_predictions, predict_recipe

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'finetune'
NUM_PICTURES = 3


@pytest.fixture
def trial(own_data, tmp_path):
    """``trial(recipe, family)``: path, options; the pictures' classes have industries."""

    def prepare(recipe, family):
        root = shutil.copytree(own_data, tmp_path / 'data')
        for split in ('train', 'val'):
            path = root / 'annotations' / f'instances_{split}.json'
            content = json.loads(path.read_text())
            for category in content['categories']:
                category['supercategory'] = 'Food'
            content['images'] = content['images'][:NUM_PICTURES]
            shown = {image['id'] for image in content['images']}
            content['annotations'] = [a for a in content['annotations'] if a['image_id'] in shown]
            path.write_text(json.dumps(content))
        shutil.copy(path, root / 'annotations/instances_test.json')
        model = save_tiny_model(family, tmp_path / 'model')
        options = {'model_root': str(model), 'data_root': str(root)}
        options |= {'model.model.dtype': 'float32', 'model.decode.max_new_tokens': 12}
        for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            options |= {f'{loader}.num_workers': 0, f'{loader}.persistent_workers': False}
        return CONFIGS / f'{recipe}.py', options

    return prepare


@pytest.mark.slow
def test_logos_train_with_debug_and_are_scored_by_task(trial, tmp_path):
    recipe, options = trial('qwen3_vl_2b_lora_logodet3k', 'qwen3_vl')
    launch.train(recipe, work_dir=tmp_path / 'run', debug=True, cfg_options=options)
    (adapter,) = (tmp_path / 'run').glob('2*/adapter/prompt.json')
    prompts = json.loads(adapter.read_text())['prompts']
    assert prompts['classification']['name'] == 'classify@1'
    assert prompts['detection']['name'] == 'logos@1'
    assert (tmp_path / 'run/adapter').is_symlink()
    # Another prompt for a trained model; answers in a file first, scored without the model.
    options['model.prompts.version'] = 'v3'
    file = tmp_path / 'answers.jsonl'
    count = predict_recipe(recipe, tmp_path / 'run/best.pth', file, cfg_options=options)
    lines = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    assert count == len(lines) == 3 * len({line['img_id'] for line in lines})
    asked = {line['prompts'][0] for line in lines if line['task'] == 'industry'}
    assert asked == {'Industry of this logo?'}
    scores, _ = evaluate_predictions(recipe, file, work_dir=tmp_path, cfg_options=options)
    assert scores['text/classification/industry_and_company'] == 0
    assert 0 <= scores['coco/bbox_mAP'] <= 1 and scores['answer/parse_ok'] <= 1


@pytest.mark.slow
def test_the_main_subject_trains_and_predicts_other_tasks(trial, own_data, tmp_path):
    recipe, options = trial('qwen3_vl_2b_lora_main_subject', 'qwen3_vl')
    launch.train(recipe, work_dir=tmp_path / 'run', debug=True, cfg_options=options)
    best = tmp_path / 'run/best.pth'
    scores = launch.test(recipe, best, work_dir=tmp_path / 'test', cfg_options=options)
    assert {'answer/mean_iou', 'answer/success@0.75', 'coco/bbox_mAP'} <= set(scores)
    options['model.test_cfg.task'] = 'caption'
    predictor = Predictor.from_checkpoint(recipe, best, cfg_options=options)
    (prediction,) = predictor.predict(next((own_data / 'images').rglob('*.jpg')))
    assert isinstance(prediction.to_dict()['answer'], str) and len(prediction) == 0


@pytest.mark.slow
def test_textile_trains_in_the_published_order(trial, tmp_path):
    recipe, options = trial('florence2_base_lora_textile', 'florence2')
    runner = launch.train(recipe, work_dir=tmp_path / 'run', debug=True, cfg_options=options)
    sampler, dataset = runner.train_dataloader.sampler, runner.train_dataloader.dataset
    names = [dataset.task_names[index] for index in sampler]
    order = ['detection', 'dense_region_caption', 'phrase_grounding']
    assert names == sorted(names, key=order.index) and set(names) == set(order)
    best = tmp_path / 'run/best.pth'
    scores = launch.test(recipe, best, work_dir=tmp_path / 'test', cfg_options=options)
    assert {'coco/bbox_mAP', 'regions/mean_iou', 'phrases/mean_iou'} <= set(scores)


@pytest.mark.parametrize('recipe', ['logodet3k', 'main_subject', 'phrase_grounding'])
def test_published_settings_are_in_the_recipe(recipe):
    config = launch.load_config(CONFIGS / f'qwen3_vl_2b_lora_{recipe}.py')
    lora, optimizer = config.model.lora, config.optim_wrapper
    found = (lora.rank, lora.alpha, lora.dropout, optimizer.optimizer.lr)
    batch = (config.train_dataloader.batch_size, optimizer.accumulative_counts)
    if recipe == 'logodet3k':
        assert (*found, *batch) == (64, 128, 0.05, 1e-5, 8, 4)
    else:
        assert (*found, *batch) == (16, 32, 0.05, 2e-4, 4, 2)
    assert config.train_cfg.max_epochs == 3
    layer = 'model.language_model.layers.3.self_attn.{}_proj'
    assert all(re.fullmatch(lora.regex, layer.format(name)) for name in 'qkvo')
