import json

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from vl_runtime import compat
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.recipe_parts import array_pipeline, recipe_texts, trained_classes

PIPELINE = [{'type': 'LoadImageFromFile'}, {'type': 'mmdet.PackDetInputs', 'meta_keys': ()}]


def recipe(pipeline=PIPELINE, key='test_dataloader', **dataset):
    compat.install()
    dataset = {'type': 'mmdet.CocoDataset', 'pipeline': pipeline, **dataset}
    return Config({key: {'dataset': dataset}}, filename='recipe.py', cfg_text='-')


def test_a_picture_goes_through_the_test_pipeline_without_its_annotation_steps():
    steps = [*PIPELINE[:1], {'type': 'LoadAnnotations'}, {'type': 'LoadText'}, *PIPELINE[1:]]
    pipeline = array_pipeline(recipe(steps))
    packed = pipeline({'img': np.full((2, 3, 3), 7, np.uint8), 'img_id': 0})
    assert packed['inputs'].shape == (3, 2, 3)
    assert [type(step).__name__ for step in pipeline.transforms] == [
        'LoadImageFromNDArray',
        'PackDetInputs',
    ]


def test_the_pipeline_may_be_that_of_the_validation_or_of_an_inner_data_set():
    assert array_pipeline(recipe(key='val_dataloader'))
    inner = {'type': 'mmdet.CocoDataset', 'pipeline': PIPELINE}
    assert array_pipeline(recipe(pipeline=None, dataset=inner))


@pytest.mark.parametrize(
    ('pipeline', 'error', 'message'),
    [
        (None, InputKeyError, r'recipe\.py: expected a pipeline in the test data set'),
        (PIPELINE[1:], InputValueError, r"expected a LoadImageFromFile .*\['PackDetInputs'\]"),
        (
            [{'type': 'LoadImageFromFile', 'color_type': 'grayscale'}],
            InputValueError,
            "expected color_type='color' .*found 'grayscale'",
        ),
        (
            [{'type': 'LoadImageFromFile', 'imdecode_backend': 'pillow'}],
            InputValueError,
            "expected imdecode_backend='cv2' .*found 'pillow'",
        ),
    ],
)
def test_a_pipeline_that_cannot_be_used_is_explained(pipeline, error, message):
    with pytest.raises(error, match=message):
        array_pipeline(recipe(pipeline))


def test_a_recipe_without_test_data_is_explained():
    with pytest.raises(InputKeyError, match='expected test_dataloader or val_dataloader'):
        array_pipeline(Config({}, filename='recipe.py', cfg_text='-'))


def test_texts_come_from_the_text_file_first_and_are_formatted(tmp_path):
    path = tmp_path / 'texts.json'
    path.write_text(json.dumps([['red blood cell', 'RBC'], ['platelet']]))
    steps = [*PIPELINE, {'type': 'LoadText', 'prompt_format': 'a photo of {}'}]
    config = recipe(steps, class_text_path=str(path), metainfo={'classes': ('a', 'b')})
    assert recipe_texts(config, ['c']) == ['a photo of red blood cell', 'a photo of platelet']


def test_without_a_text_file_the_names_of_the_data_set_are_the_texts(tmp_path):
    annotation = tmp_path / 'ann.json'
    annotation.write_text(json.dumps({'categories': [{'id': 3, 'name': 'star'}]}))
    inner = {'type': 'mmdet.CocoDataset', 'data_root': str(tmp_path), 'ann_file': 'ann.json'}
    assert recipe_texts(recipe(dataset=inner), ['c']) == ['star']
    inner['metainfo'] = {'classes': ('moon', 'sun')}
    assert recipe_texts(recipe(dataset=inner), ['c']) == ['moon', 'sun']


def test_what_is_not_in_the_recipe_comes_from_the_checkpoint_or_the_data_set_type():
    assert recipe_texts(recipe(class_text_path='absent.json'), ['c']) == ['c']
    with DefaultScope.overwrite_default_scope('mmdet'):
        assert recipe_texts(recipe())[:2] == ['person', 'bicycle']


def test_classes_of_a_closed_detector_are_those_it_was_trained_with():
    assert trained_classes(recipe(metainfo={'classes': ('a',)}), ['c', 'd']) == ['c', 'd']
    assert trained_classes(recipe(metainfo={'classes': 'a'})) == ['a']
