import numpy as np
import pytest

from vl_runtime.asked_task import task_named, tasks_of
from vl_runtime.errors import InputKeyError
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config
from vl_runtime.recipe_parts import recipe_tasks

PICTURE = np.full((16, 24, 3), 90, np.uint8)


def asked(predictor_recipe, kind='AskedSquareDetector', **more):
    options = {'model.type': kind, **more}
    return Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)


def test_a_predictor_lists_what_its_model_can_be_asked(predictor_recipe):
    names = [task.name for task in asked(predictor_recipe).tasks]
    assert names == ['detection', 'phrase', 'regions', 'caption']
    assert tasks_of(asked(predictor_recipe, 'TextSquareDetector').model) == ()


def test_tasks_of_the_recipe_come_first(predictor_recipe):
    more = {'test_dataloader.dataset.tasks': ['caption', 'regions']}
    names = [task.name for task in asked(predictor_recipe, **more).tasks]
    assert names == ['caption', 'regions', 'detection', 'phrase']


def test_a_recipe_names_its_tasks_in_data_sets_and_in_steps(repository):
    folder = repository / 'configs/finetune'
    found = {
        name: recipe_tasks(load_config(folder / f'{name}.py'))
        for name in (
            'qwen3_vl_2b_lora_logodet3k',
            'florence2_base_lora_segment_own',
            'yolo_world_s_finetune_own',
        )
    }
    assert list(found.values()) == [
        ['classification', 'detection', 'industry'],
        ['detection', 'segmentation'],
        [],
    ]


def test_one_picture_is_asked_one_task_after_the_other(predictor_recipe):
    predictor = asked(predictor_recipe)
    (caption,) = predictor.predict(PICTURE, task='caption')
    (regions,) = predictor.predict(PICTURE, task='regions')
    (found,) = predictor.predict(PICTURE, ['dog'], task='phrase')
    assert len(caption) == 0 and caption.texts == ()
    assert caption.to_dict()['answer'] == 'adapter on a picture'
    assert (regions.names, regions.shown_names) == (['region'], ['a square of adapter'])
    assert regions.above(0.95).captions == ()
    assert regions.to_dict()['boxes'][0]['caption'] == 'a square of adapter'
    assert (found.names, found.answer.prompts) == (['dog'], ('phrase?',))


def test_the_task_of_the_model_is_asked_by_default(predictor_recipe):
    predictor = asked(predictor_recipe)
    predictor.model.task = 'regions'
    assert predictor.texts == ('region',)
    assert predictor.predict(PICTURE)[0].names == ['region']
    assert predictor.predict(PICTURE, ['dog'])[0].names == ['dog']


def test_a_detector_that_is_not_asked_in_words_has_no_tasks(predictor_recipe):
    predictor = asked(predictor_recipe, 'TextSquareDetector')
    with pytest.raises(InputKeyError, match=r'task: expected none \(this detector'):
        predictor.predict(PICTURE, ['dog'], task='caption')
    with pytest.raises(InputKeyError, match=r"expected one of caption, .*found 'captio'"):
        task_named('captio', asked(predictor_recipe).tasks[::-1])
