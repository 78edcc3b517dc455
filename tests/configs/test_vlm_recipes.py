"""VLM recipes: they load, build on a tiny model, and train, validate and test on own data."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.registry import METRICS, MODELS, TRANSFORMS, DefaultScope

from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.errors import InputFileNotFoundError
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config
from vl_runtime.sample_pictures import sample_pictures
from vlm_detector.families.tiny import save_tiny_model

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
FAMILIES = {
    'qwen3_vl_2b': 'qwen3_vl',
    'qwen3_vl_8b': 'qwen3_vl',
    'qwen2_5_vl_3b': 'qwen2_5_vl',
    'florence2_base': 'florence2',
}
RECIPES = sorted(
    path for name in FAMILIES for path in (CONFIGS / 'finetune').glob(f'{name}_*lora_*.py')
)
TRAINED = [
    'qwen3_vl_2b_lora_own',
    pytest.param('qwen2_5_vl_3b_lora_own', marks=pytest.mark.slow),
    pytest.param('florence2_base_lora_own', marks=pytest.mark.slow),
]


@pytest.fixture(scope='session')
def model_root(tmp_path_factory):
    """``model_root(recipe name)``: a tiny model of its family."""
    written = {}

    def folder_of(recipe):
        family = next(f for name, f in FAMILIES.items() if recipe.startswith(name))
        if family not in written:
            folder = tmp_path_factory.mktemp('tiny') / family
            written[family] = str(save_tiny_model(family, folder))
        return written[family]

    return folder_of


def options_of(recipe, model_root, data_root=None):
    """Small and on the CPU; everything else is the recipe's."""
    options = {'model_root': model_root(recipe), 'model.model.dtype': 'float32'}
    options |= {'model.decode.max_new_tokens': 24}
    if data_root is not None:
        options |= {'data_root': str(data_root), 'train_dataloader.batch_size': 2}
        options |= {'train_cfg.max_epochs': 1}
        for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            options |= {f'{loader}.num_workers': 0, f'{loader}.persistent_workers': False}
    return options


def without_files(evaluator):
    """The metric without its annotation file, which masks of a file need."""
    kept = {key: value for key, value in evaluator.items() if key != 'ann_file'}
    if isinstance(kept.get('metric'), dict):
        kept['metric'] = without_files(kept['metric'])
    elif 'metric' in kept:
        kept['metric'] = 'bbox'
    return kept


def test_the_named_recipes_are_there():
    names = {path.stem for path in RECIPES}
    coco = ('qwen3_vl_2b_lora', 'qwen3_vl_2b_qlora', 'qwen2_5_vl_3b_lora', 'florence2_base_lora')
    expected = {f'{name}_{data}' for name in coco for data in ('coco', 'own')}
    applications = {
        *('qwen3_vl_2b_lora_logodet3k', 'qwen3_vl_2b_lora_logodet3k_tuned'),
        *('qwen3_vl_2b_lora_main_subject', 'qwen3_vl_2b_lora_phrase_grounding'),
        *('florence2_base_lora_textile', 'florence2_base_lora_textile_tuned'),
    }
    more = {'qwen3_vl_8b_lora_fsdp_coco', 'florence2_base_lora_segment_own'}
    assert names == expected | applications | more


@pytest.mark.parametrize('recipe', RECIPES, ids=lambda path: path.stem)
def test_model_pipelines_and_metrics_can_be_built(recipe, model_root):
    config = load_config(recipe, options_of(recipe.stem, model_root))
    assert model_root(recipe.stem) not in str(recipe.read_text())
    quantization = config.model.pop('quantization', None)  # needs bitsandbytes
    assert (quantization is not None) == ('qlora' in recipe.stem)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        model = MODELS.build(config.model)
        for loader in (config.train_dataloader, config.val_dataloader):
            assert all(TRANSFORMS.build(step) is not None for step in loader.dataset.pipeline)
        evaluators = config.val_evaluator
        for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
            METRICS.build(without_files(evaluator))
    assert model.has_adapter
    assert model.family.name == config.model.family
    # Train and test prepare pictures alike.
    encoders = [step.encoder for step in config.train_dataloader.dataset.pipeline[-2:]]
    encoders.append(config.val_dataloader.dataset.pipeline[-1].encoder)
    assert encoders[0] == encoders[1] == encoders[2]
    limits = {key: value for key, value in encoders[0].items() if 'pixels' in key}
    assert limits == {key: v for key, v in config.model.model.items() if 'pixels' in key}


@pytest.mark.parametrize('recipe', RECIPES, ids=lambda path: path.stem)
def test_recipe_says_how_to_train_and_test(recipe):
    docstring = recipe.read_text().split('"""')[1]
    assert 'Train:' in docstring and 'Test:' in docstring
    assert recipe.stem in docstring


@pytest.mark.parametrize('recipe', TRAINED)
def test_it_trains_validates_tests_and_predicts(recipe, own_data, model_root, tmp_path):
    path = CONFIGS / f'finetune/{recipe}.py'
    options = options_of(recipe, model_root, own_data)
    runner = launch.train(path, work_dir=tmp_path, cfg_options=options)
    assert runner.iter == 2
    state = load_checkpoint_file(tmp_path / 'best.pth')['state_dict']
    assert all('lora_' in key or key == 'base_sample' for key in state)
    metrics = launch.test(
        path, tmp_path / 'best.pth', work_dir=tmp_path / 'test', cfg_options=options
    )
    assert 0 <= metrics['coco/bbox_mAP'] <= metrics['codec/bbox_mAP'] <= 1
    assert 0 <= metrics['answer/mean_iou'] <= 1
    assert (tmp_path / 'adapter' / 'adapter_config.json').is_file()
    # The config that training wrote is enough, with any texts.
    predictor = Predictor.from_checkpoint(tmp_path / f'{recipe}.py', tmp_path / 'best.pth')
    picture = next((own_data / 'images').rglob('*.jpg'))
    (prediction,) = predictor.predict(picture, ['cat', 'dog'])
    assert prediction.texts == ('cat', 'dog')


@pytest.mark.slow
def test_two_processes_train(repository, own_data, model_root, tmp_path):
    recipe = 'qwen3_vl_2b_lora_own'
    options = options_of(recipe, model_root, own_data)
    command = [str(repository / 'tools/dist_train.sh'), f'configs/finetune/{recipe}.py', '2']
    command += ['--work-dir', str(tmp_path), '--cfg-options']
    command += [f'{key}={value}' for key, value in options.items()]
    done = subprocess.run(
        command,
        cwd=repository,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert (tmp_path / 'best.pth').is_file()


def test_without_a_model_the_way_out_is_named(own_data, tmp_path, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', True)
    with pytest.raises(
        InputFileNotFoundError,
        match=r"model 'Qwen/Qwen3-VL-2B-Instruct': .* HF_HUB_OFFLINE is set\. .* set model_root",
    ):
        launch.train(
            CONFIGS / 'finetune/qwen3_vl_2b_lora_own.py',
            work_dir=tmp_path / 'run',
            cfg_options={'data_root': str(own_data)},
        )


def test_an_image_without_objects_is_trained_on(own_data, model_root, tmp_path):
    data = shutil.copytree(own_data, tmp_path / 'data')
    file = data / 'annotations' / 'instances_train.json'
    content = json.loads(file.read_text())
    empty = content['images'][0]['id']
    content['annotations'] = [a for a in content['annotations'] if a['image_id'] != empty]
    file.write_text(json.dumps(content))
    recipe = 'qwen3_vl_2b_lora_own'
    config = load_config(CONFIGS / f'finetune/{recipe}.py', options_of(recipe, model_root, data))
    from mmengine.registry import DATASETS

    with DefaultScope.overwrite_default_scope(config.default_scope):
        dataset = DATASETS.build(config.train_dataloader.dataset)
    assert len(dataset) == len(content['images'])
    encoder = dataset.pipeline.transforms[-1].encoder
    assert dataset[0]['inputs']['answer_ids'] == encoder.answer_ids('[]')


def test_what_training_sees_can_be_looked_at(own_data, model_root):
    recipe = 'qwen3_vl_2b_lora_own'
    options = options_of(recipe, model_root, own_data)
    config = load_config(CONFIGS / f'finetune/{recipe}.py', options)
    for picture, caption in sample_pictures(config, 2):
        assert min(picture.shape[:2]) >= 256 and '3 texts' in caption
