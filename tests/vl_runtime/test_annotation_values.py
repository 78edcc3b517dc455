import json

import numpy as np
import pytest
from mmengine.config import Config

from vl_runtime.annotation_values import (
    NOTES,
    fill_annotation_values,
    open_values,
    require_annotation_values,
)
from vl_runtime.config_files import load_config
from vl_runtime.errors import InputFileNotFoundError, InputValueError

SQUARE = [[0, 0, 4, 0, 4, 4, 0, 4]]


def annotation(index, **more):
    return {'id': index, 'image_id': 1, 'category_id': 1, 'bbox': [0, 0, 4, 4], **more}


def write(folder, annotations, name='train'):
    content = {
        'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 8, 'height': 8}],
        'categories': [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
        'annotations': annotations,
    }
    (folder / f'{name}.json').write_text(json.dumps(content))


def config(folder, **model):
    return Config(
        {
            'model': {'num_prompts': 'from_annotations:num_classes', **model},
            'train_dataloader': {
                'dataset': {'dataset': {'data_root': str(folder), 'ann_file': 'train.json'}}
            },
            'val_dataloader': {'dataset': {'data_root': str(folder), 'ann_file': 'val.json'}},
            'steps': [{'area': {'from_annotations': 'has_masks', 'yes': 0.01, 'no': 0.1}}],
        }
    )


@pytest.mark.parametrize(
    ('annotations', 'area', 'note'),
    [
        ([annotation(1, segmentation=SQUARE)], 0.01, 'all 1 objects have polygons: mask-refine is'),
        (
            [annotation(1, segmentation=SQUARE), annotation(7)],
            0.1,
            '1 of 2 objects have no polygon, first: annotation id 7: mask-refine is off',
        ),
        ([annotation(1, segmentation=[])], 0.1, '1 of 1 objects have no polygon'),
        ([annotation(1, segmentation={'counts': 'a', 'size': [8, 8]})], 0.1, '1 of 1 objects'),
        (
            [annotation(1, segmentation=SQUARE), annotation(2, iscrowd=1, segmentation={})],
            0.01,
            'all 1 objects have polygons',
        ),
        ([], 0.1, '0 of 0 objects have no polygon: mask-refine is off'),
    ],
)
def test_masks_and_classes_follow_from_the_file(tmp_path, annotations, area, note):
    write(tmp_path, annotations)
    filled = config(tmp_path)
    fill_annotation_values(filled)
    assert filled.steps[0].area == area
    assert filled.model.num_prompts == 2
    assert filled[NOTES][0] == f'{tmp_path}/train.json: 2 classes.'
    assert note in filled[NOTES][1]
    assert list(open_values(filled)) == []


def test_the_validation_file_serves_where_there_is_no_training_file(tmp_path):
    write(tmp_path, [annotation(1)], name='val')
    filled = config(tmp_path)
    fill_annotation_values(filled)
    assert filled.model.num_prompts == 2


def test_without_a_file_values_stay_open_and_using_the_model_says_so(tmp_path):
    recipe = config(tmp_path)
    fill_annotation_values(recipe)
    assert list(open_values(recipe)) == ['model.num_prompts', 'steps.0.area']
    with pytest.raises(
        InputFileNotFoundError,
        match=r'model\.num_prompts follows from .*train\.json, which is not there; set data_root',
    ):
        require_annotation_values(recipe)


def test_a_recipe_gets_the_values_of_the_data_root_that_was_given(tmp_path):
    write(tmp_path, [annotation(1)])
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(
        "data_root = 'absent/'\n"
        "model = dict(num_prompts='from_annotations:num_classes')\n"
        "train_dataloader = dict(dataset=dict(data_root=data_root, ann_file='train.json'))\n"
    )
    assert load_config(recipe).model.num_prompts == 'from_annotations:num_classes'
    assert load_config(recipe, {'data_root': str(tmp_path)}).model.num_prompts == 2


@pytest.mark.parametrize(('rows', 'hint'), [(5, ''), (3, r' \(is the last one the background\?\)')])
def test_prompts_of_another_number_than_the_classes_are_told(tmp_path, rows, hint):
    write(tmp_path, [annotation(1)])
    np.save(tmp_path / 'prompts.npy', np.ones((rows, 4)))
    recipe = config(tmp_path, embedding_path=str(tmp_path / 'prompts.npy'))
    with pytest.raises(
        InputValueError,
        match=rf'prompts\.npy: expected 2 rows, one prompt for each class of .*train\.json, '
        rf'found {rows}{hint}; write',
    ):
        fill_annotation_values(recipe)


def test_mistakes_in_recipe_and_file_are_one_line(tmp_path):
    write(tmp_path, [annotation(1)])
    with pytest.raises(InputValueError, match=r"expected 'from_annotations:num_classes' in the"):
        fill_annotation_values(config(tmp_path, width='from_annotations:num_clases'))
    with pytest.raises(InputValueError, match=r"expected dict\(from_annotations='has_masks', yes"):
        fill_annotation_values(config(tmp_path, width={'from_annotations': 'has_masks'}))
    (tmp_path / 'train.json').write_text('{"categories": []}')
    with pytest.raises(InputValueError, match='"annotations"; \'annotations\' is missing'):
        fill_annotation_values(config(tmp_path))
