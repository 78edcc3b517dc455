import json
from pathlib import Path

import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.metrics.annotation_file import category_ids, load_annotation_file

CATEGORIES = [{'id': 3, 'name': 'cat'}, {'id': 5, 'name': 'Traffic_Light'}]


def test_area_and_crowd_are_completed_and_ids_start_at_one(annotation_file):
    path = annotation_file([(1, 10, [0, 0, 4, 5], {}), (2, 20, [1, 1, 2, 2], {'area': 3.0})])

    annotations = load_annotation_file(path)['annotations']

    assert [item['area'] for item in annotations] == [20.0, 3.0]
    assert [item['iscrowd'] for item in annotations] == [0, 0]
    assert [item['id'] for item in annotations] == [1, 2]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'gone\.json: annotation file not found'):
        load_annotation_file(tmp_path / 'gone.json')


def test_half_a_json_is_named(annotation_file, tmp_path):
    text = Path(annotation_file([(1, 10, [0, 0, 4, 5], {})])).read_text()
    half = tmp_path / 'half.json'
    half.write_text(text[: len(text) // 2])

    with pytest.raises(InputValueError, match=r'half\.json: not a complete JSON file'):
        load_annotation_file(half)


def test_a_missing_part_is_named(tmp_path):
    path = tmp_path / 'part.json'
    path.write_text(json.dumps({'images': [], 'annotations': []}))

    with pytest.raises(InputValueError, match="'categories' is missing or not a list"):
        load_annotation_file(path)


@pytest.mark.parametrize('box', [[0, 0, 4], None, [0, 0, 4, float('nan')], 'box'])
def test_an_unusable_box_is_named_with_its_index(annotation_file, box):
    path = annotation_file([(1, 10, [0, 0, 4, 5], {})])
    content = json.loads(Path(path).read_text())
    content['annotations'].append({'image_id': 1, 'category_id': 10, 'bbox': box})
    Path(path).write_text(json.dumps(content))

    with pytest.raises(InputValueError, match='annotation 1: expected "bbox" with four numbers'):
        load_annotation_file(path)


def test_an_unknown_image_is_named(annotation_file):
    path = annotation_file([(7, 10, [0, 0, 4, 5], {})])

    with pytest.raises(InputValueError, match='annotation 0: image_id 7 is not among the 2 images'):
        load_annotation_file(path)


def test_names_are_found_exactly_then_loosely_and_absent_ones_are_none():
    assert category_ids(CATEGORIES, ['traffic light', 'cat', 'bus'], 'x') == [5, 3, None]


def test_no_common_name_is_an_error():
    with pytest.raises(InputValueError, match="found none of the 1; the file has 'cat'"):
        category_ids(CATEGORIES, ['cats'], 'val.json')


def test_a_name_that_occurs_twice_is_an_error():
    twice = [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'cat'}]

    with pytest.raises(InputValueError, match=r"'cat' occurs twice \(ids 1 and 2\)"):
        category_ids(twice, ['cat'], 'val.json')
