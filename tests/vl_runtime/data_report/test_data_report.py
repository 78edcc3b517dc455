import json

import pytest

from vl_runtime.config_files import load_config
from vl_runtime.data_report import check_annotation_file, check_recipe
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.fixture
def recipe(tmp_path):
    """A recipe with train and val over files that the test writes."""
    text = """
custom_imports = dict(imports=['yolo_world'], allow_failed_imports=False)
default_scope = 'mmyolo'
"""
    loader = """
{part}_dataloader = dict(dataset=dict(type='MultiModalDataset', dataset=dict(
    type='YOLOv5CocoDataset', data_root={root!r}, ann_file='{part}/ann.json',
    data_prefix=dict(img='{part}/'), filter_cfg=dict(filter_empty_gt=False, min_size=0))))
"""
    parts = ''.join(loader.format(part=part, root=str(tmp_path)) for part in ('train', 'val'))
    path = tmp_path / 'recipe.py'
    path.write_text(text + parts)
    return path


def test_a_recipe_is_read_as_its_loaders_read_it(recipe, content, write):
    write(content, folder='train')
    write(content, folder='val')
    report = check_recipe(load_config(recipe))
    assert [item['images_of_loader'] for item in report.sets] == [2, 2]
    assert report.sets[0]['classes'] == {'cat': 1, 'dog': 2}
    (finding,) = report.findings  # equal file names in two folders
    assert (finding.level, finding.count) == ('warning', 2) and not report.errors
    assert report.lines()[-1] == '0 kinds of errors, 1 kinds of warnings'


def test_what_a_loader_refuses_is_an_error_beside_the_counts(recipe, content, write, tmp_path):
    write(content, folder='val')
    content['annotations'][0]['category_id'] = 7
    path = write(content, folder='train')
    report = check_recipe(load_config(recipe))
    structure, loader = report.errors
    assert structure.check == 'structure' and structure.split == 'train'
    assert loader.check == 'loader' and loader.examples[0].startswith(f'{path}: annotation 0')


def test_broken_json_is_a_finding(tmp_path):
    path = tmp_path / 'ann.json'
    path.write_text('{"images": [')
    report = check_annotation_file(path)
    assert report.errors[0].check == 'json'
    assert 'the file ends in the middle' in report.lines()[1]


def test_the_same_data_under_two_names_is_told_once(recipe, content, write, tmp_path):
    content['annotations'].append(dict(content['annotations'][0], id=9))
    write(content, folder='train')
    text = recipe.read_text().replace("'val/", "'train/")
    recipe.write_text(text.replace('val_dataloader', 'test_dataloader'))
    report = check_recipe(load_config(recipe))
    assert report.sets[1]['same_as'] == 'train'
    assert [f.check for f in report.findings] == ['duplicates', 'splits']


def test_files_and_folders_that_are_not_there_are_refused(content, write, tmp_path):
    with pytest.raises(InputFileNotFoundError, match='no such file'):
        check_annotation_file(tmp_path / 'no.json')
    path = write(content)
    with pytest.raises(InputFileNotFoundError, match='there is no such image folder'):
        check_annotation_file(path, image_folder=str(tmp_path / 'no'))
    with pytest.raises(InputValueError, match='images: expected one of read, exist, skip'):
        check_annotation_file(path, images='all')


def test_the_report_is_plain_json(content, write):
    content['annotations'][0]['bbox'] = [50, 5, 9, 9]
    value = json.loads(json.dumps(check_annotation_file(write(content)).to_dict()))
    assert value['num_warnings'] == 1 and value['findings'][0]['check'] == 'boxes'
