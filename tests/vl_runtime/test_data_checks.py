"""Annotation files: good ones pass, bad ones are named."""

import copy
import json

import pytest

from vl_runtime.data_checks import area_of, check_coco, read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.fixture
def content() -> dict:
    return {
        'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 60, 'height': 40}],
        'annotations': [
            {'id': 7, 'image_id': 1, 'category_id': 3, 'bbox': [1, 2, 10, 12], 'area': 120},
            {'id': 8, 'image_id': 1, 'category_id': 3, 'bbox': [50, 2, 20, 12], 'area': 240},
        ],
        'categories': [{'id': 3, 'name': 'dog'}],
    }


@pytest.fixture
def logged(monkeypatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr('vl_runtime.data_checks.print_log', lambda m, *a, **k: seen.append(m))
    return seen


def test_json_is_read(tmp_path):
    (tmp_path / 'a.json').write_text('{"ä": [1, 2]}', encoding='utf-8')
    assert read_json(tmp_path / 'a.json') == {'ä': [1, 2]}


def test_missing_file_names_a_similar_one(tmp_path):
    (tmp_path / 'instances_train.json').touch()
    with pytest.raises(InputFileNotFoundError, match=r"no such file among 1 .* Did you mean 'inst"):
        read_json(tmp_path / 'instance_train.json')
    with pytest.raises(InputFileNotFoundError, match=r'its folder does not exist'):
        read_json(tmp_path / 'ann' / 'train.json')
    with pytest.raises(InputFileNotFoundError, match=r'expected a file, found a folder'):
        read_json(tmp_path)
    (tmp_path / 'empty').mkdir()
    with pytest.raises(InputFileNotFoundError, match=r'no such file; its folder is empty'):
        read_json(tmp_path / 'empty' / 'a.json')


def test_file_that_is_not_json_is_named(tmp_path):
    path = tmp_path / 'a.json'
    for data, message in (
        (b'', r'found an empty file \(0 bytes\)'),
        (b'<html>', r'a.json: not valid JSON at line 1, column 1 of 6 bytes: Expecting value'),
        (b'{"a": "\xff\xfe"}', 'bytes that are not text at byte'),
    ):
        path.write_bytes(data)
        with pytest.raises(InputValueError, match=message):
            read_json(path)


def test_json_cut_in_half_is_named(tmp_path, content):
    text = json.dumps(content, indent=1)
    for length in (len(text) // 2, len(text) - 2, 20):
        (tmp_path / 'a.json').write_text(text[:length])
        with pytest.raises(
            InputValueError, match=rf'of {length} bytes: the file ends in the middl'
        ):
            read_json(tmp_path / 'a.json')


def test_good_file_passes_silently(content, logged):
    counts = check_coco(content, 'ann.json')
    assert (counts.images, counts.annotations, counts.empty, counts.outside) == (1, 2, 0, 0)
    assert not logged


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c.pop('images'), "ann.json: expected the key 'images', found 'annotations'"),
        (lambda c: c.pop('annotations'), "expected the key 'annotations'.*Images without boxes"),
        (lambda c: c.pop('categories'), "expected the key 'categories'"),
        (lambda c: c.update(images={}), "expected a list under 'images', found a dict"),
        (lambda c: c.update(images=[]), "expected at least one image, 'images' is empty"),
        (lambda c: c.update(categories=[]), "at least one category, 'categories' is empty"),
        (lambda c: c['images'].append(5), 'image 1: expected an object, found 5'),
        (
            lambda c: c['images'][0].pop('width'),
            r"image 0 \(id 1\): expected the key 'width' \(pixels",
        ),
        (lambda c: c['images'][0].update(width=0), 'image 0 .* expected width and height above 0'),
        (lambda c: c['images'].append(c['images'][0]), 'image 1: expected an id of its own'),
        (lambda c: c['annotations'][1].update(id=7), 'annotation 1: expected an id of its own, f'),
        (
            lambda c: c['annotations'][1].update(bbox=None),
            r"expected the key 'bbox', .*'bbox': null",
        ),
        (lambda c: c['annotations'][1].pop('id'), r"1 \(id None\): expected the key 'id' \(a num"),
        (lambda c: c['annotations'][1].update(area='x'), "expected a number as area, found 'x'"),
        (lambda c: c['annotations'][1].update(image_id=9), r'expected a image_id .*\(1\), found 9'),
        (
            lambda c: c['annotations'][1].update(category_id=0),
            r'annotation 1 \(id 8\): expected a category_id that the file lists \(3\), found 0',
        ),
        (
            lambda c: c['categories'].append({'id': 4, 'name': 'dog'}),
            "category 1 .* a name of its own, found 'dog', which category 0 has too",
        ),
        (lambda c: c['categories'][0].update(name=' '), "category 0 .* expected a name, found ' '"),
        (lambda c: c['annotations'][1].update(bbox=[1, 2, 3]), r'four numbers .*found \[1, 2, 3\]'),
        (lambda c: c['annotations'][1].update(bbox='1 2 3 4'), 'expected a bbox of four numbers'),
        (
            lambda c: c['annotations'][1].update(bbox=[1, float('nan'), 3, 4]),
            r'annotation 1 \(id 8\).* four finite numbers, found \[1, nan, 3, 4\] \(1 of 2 boxes',
        ),
        (lambda c: c['annotations'][0].update(bbox=[1, 1, float('inf'), 4]), 'four finite numbers'),
        (
            lambda c: c['annotations'][1].update(bbox=[5, 5, -3, 4]),
            r'annotation 1 \(id 8\).*a width and height of 0 or more, found \[5, 5, -3, 4\]',
        ),
    ],
)
def test_bad_annotation_files_are_named(content, change, message):
    content = copy.deepcopy(content)
    change(content)
    with pytest.raises(InputValueError, match=message):
        check_coco(content, 'ann.json')


def test_a_list_is_no_annotation_file():
    with pytest.raises(InputValueError, match=r'expected a COCO annotation file .* found a list'):
        check_coco([], 'ann.json')


def test_empty_and_outside_boxes_are_counted_and_said_once(content, logged):
    content['annotations'][0]['bbox'] = [5, 5, 0, 3]
    content['annotations'][1]['bbox'] = [100, 5, 10, 10]
    counts = check_coco(content, 'ann.json')
    assert (counts.empty, counts.outside) == (1, 1)
    assert len(logged) == 2
    assert (
        'ann.json: 1 of 2 boxes is empty and was left out, first: annotation 0 (id 7' in logged[0]
    )
    assert '1 of 2 boxes is outside the image' in logged[1] and '(id 8' in logged[1]


def test_unknown_categories_can_be_logged(content, logged):
    content['annotations'][1]['category_id'] = 99
    counts = check_coco(content, 'ann.json', allow_unknown_category=True)
    assert counts.uncategorised == 1
    assert '1 of 2 boxes belong to no category of the file and were left out' in logged[0]


def test_category_ids_that_look_shifted_are_never_just_logged(content):
    content['annotations'][1]['category_id'] = 2
    with pytest.raises(InputValueError, match=r'found 2 .1 annot.*counted from another number'):
        check_coco(content, 'ann.json', allow_unknown_category=True)


def test_grounding_files_need_no_categories(content):
    del content['categories'], content['annotations'][0]['category_id']
    assert check_coco(content, 'ann.json', with_categories=False).annotations == 2


def test_area_may_be_left_out(content, logged):
    for annotation in content['annotations']:
        annotation.pop('area')
    content['annotations'][1].update(bbox=[1, 2, 0, 5], area=None)
    assert check_coco(content, 'ann.json').empty == 1
    assert area_of(content['annotations'][0]) == 120
    assert 'with bbox [1, 2, 0, 5] and area 0' in logged[0]
