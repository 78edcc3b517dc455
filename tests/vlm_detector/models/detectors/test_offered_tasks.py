"""What a page may ask a text-box detector, and that it can."""

import numpy as np
import pytest
import torch

from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config
from vl_runtime.web.question_service import QuestionService
from vlm_detector.families import FAMILIES

GENERAL = ['detection', 'phrase_grounding', 'main_subject', 'dense_region_caption']


def names(model, first=()):
    return [task.name for task in model.asked_tasks(first)]


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_outlines_are_offered_where_the_family_writes_them(detector, family):
    outlines = ['segmentation'] if family == 'florence2' else []
    assert names(detector(family)) == [*GENERAL, *outlines, 'caption']


def test_tasks_of_the_recipe_come_first_and_special_ones_only_then(detector):
    model = detector('qwen3_vl', test_cfg={'task': 'main_subject'})
    assert names(model)[:2] == ['main_subject', 'detection']
    trained = names(model, ['classification', 'segmentation'])
    assert trained[:3] == ['classification', 'main_subject', 'detection']
    assert 'segmentation' not in trained and 'industry' not in trained


def test_prompts_with_task_tokens_of_another_family_are_not_offered(detector):
    prompts = {'tasks': {'detection': 'florence_objects@1'}}
    assert 'detection' not in names(detector('qwen3_vl', prompts=prompts))
    assert names(detector('florence2', prompts=prompts))[0] == 'detection'


def test_a_task_tells_what_it_needs(detector):
    told = {
        task.name: (task.texts, task.answer, task.labels)
        for task in detector('florence2').asked_tasks()
    }
    assert told == {
        'detection': ('all', 'boxes', ()),
        'phrase_grounding': ('each', 'boxes', ()),
        'main_subject': ('none', 'boxes', ('main subject',)),
        'dense_region_caption': ('none', 'boxes', ('region',)),
        'segmentation': ('each', 'polygons', ()),
        'caption': ('none', 'text', ()),
    }


@pytest.mark.parametrize('recipe', ['qwen3_vl_2b_lora_own', 'florence2_base_lora_own'])
def test_a_page_asks_every_task_of_base_and_adapter(recipe, repository, tiny_folder, tmp_path):
    family = 'florence2' if 'florence2' in recipe else 'qwen3_vl'
    options = {
        'model_root': str(tiny_folder(family)),
        'data_root': str(tmp_path),
        'model.model.dtype': 'float32',
        'model.decode.max_new_tokens': 24,
        'model.decode.grammar': {'type': 'BoxGrammar'},  # so that random weights find boxes
    }
    config = load_config(repository / f'configs/finetune/{recipe}.py', options)
    predictor = Predictor.from_checkpoint(config, device='cpu')
    for name, weight in predictor.model.named_parameters():
        if 'lora_' in name:
            torch.nn.init.normal_(weight, std=0.5)
    service = QuestionService(predictor)
    image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    answers = {}
    for _ in range(2):  # whatever was asked in between
        for task in service.tasks:
            base, adapter = service.ask(image, task.name, 'dog, red cat')
            assert len(base.answer.prompts) == (2 if task.texts == 'each' else 1)
            assert (base.picture is None) == (task.answer == 'text')
            told = (base.answer.text, adapter.answer.text)
            assert answers.setdefault(task.name, told) == told
    assert any(base != adapter for base, adapter in answers.values())
