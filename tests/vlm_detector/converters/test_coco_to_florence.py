import json

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.converters import coco_to_florence


@pytest.fixture
def source(tmp_path):
    def make(boxes, *, names=('broken weft', 'drop'), **extra):
        annotations = [
            {'id': i, 'image_id': 1, 'category_id': category, 'bbox': box, 'iscrowd': 0} | extra
            for i, (category, box) in enumerate(boxes, 1)
        ]
        size = {'width': 200, 'height': 100}
        content = {
            'images': [
                {'id': 1, 'file_name': 'images/a.png'} | size,
                {'id': 2, 'file_name': 'images/b.png'} | size,
            ],
            'annotations': annotations,
            'categories': [{'id': i, 'name': name} for i, name in enumerate(names)],
        }
        path = tmp_path / 'annotations' / 'instances_train.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    return make


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_objects_are_joined_and_an_empty_picture_has_an_empty_suffix(source, tmp_path):
    path = source([(1, [20.1, 20.05, 40, 20]), (0, [0, 0, 200, 100]), (1, [20, 60, 40, 20])])
    lines = coco_to_florence(path, tmp_path / 'train.jsonl')
    assert rows(tmp_path / 'train.jsonl') == [
        {
            'prefix': '<OD>',
            'suffix': 'broken weft<loc_0><loc_0><loc_999><loc_999>'
            'drop<loc_100><loc_200><loc_300><loc_400>drop<loc_100><loc_600><loc_300><loc_800>',
            'image': 'images/a.png',
        },
        {'prefix': '<OD>', 'suffix': '', 'image': 'images/b.png'},
    ]
    assert lines[0].endswith('train.jsonl: 2 pictures (1 without an object), 3 boxes')
    assert lines[1].startswith('pictures that are not there: 2')


def test_pictures_are_named_relative_to_the_folder_of_the_file(source, tmp_path):
    path = source([(1, [20, 20, 40, 20])])
    coco_to_florence(path, tmp_path / 'images' / 'train.jsonl')
    assert rows(tmp_path / 'images' / 'train.jsonl')[0]['image'] == '../images/a.png'
    coco_to_florence(path, tmp_path / 'x.jsonl', image_folder=tmp_path / 'pictures')
    assert rows(tmp_path / 'x.jsonl')[0]['image'] == 'pictures/images/a.png'


def test_what_is_left_out_or_changed_is_counted(source, tmp_path):
    boxes = [(1, [-5, 0, 50, 50]), (1, [300, 0, 10, 10]), (1, [5, 5, 0, 5]), (1, [5, 5, 0.01, 50])]
    text = '\n'.join(coco_to_florence(source(boxes), tmp_path / 'a.jsonl'))
    for kind in ('clipped to their image', 'outside their image', 'empty boxes', 'thinner than'):
        assert kind in text
    text = '\n'.join(coco_to_florence(source(boxes, iscrowd=1), tmp_path / 'a.jsonl'))
    assert 'crowd regions left out: 4' in text and '0 boxes' in text


def test_names_and_files_that_cannot_be_written_are_refused(source, tmp_path):
    path = source([(0, [5, 5, 50, 50])], names=('a<b', 'c'))
    with pytest.raises(InputValueError, match="class name 'a<b' holds"):
        coco_to_florence(path, tmp_path / 'a.jsonl')
    with pytest.raises(InputValueError, match=r'a\.json: expected the name of a \.jsonl file'):
        coco_to_florence(path, tmp_path / 'a.json')
    assert not list(tmp_path.glob('*.jsonl'))


def test_a_full_turn_changes_no_location(source, tmp_path):
    from vlm_detector.converters import florence_to_coco

    random = np.random.default_rng(0)
    boxes = [(int(n % 2), [*random.uniform(0, 60, 2), *random.uniform(1, 40, 2)]) for n in range(9)]
    coco_to_florence(source(boxes), tmp_path / 'train.jsonl')
    (tmp_path / 'images').mkdir()
    import cv2

    for name in 'ab':
        cv2.imwrite(str(tmp_path / 'images' / f'{name}.png'), np.zeros((100, 200, 3), np.uint8))
    first = (tmp_path / 'train.jsonl').read_text()
    florence_to_coco([tmp_path / 'train.jsonl'])
    coco_to_florence(tmp_path / 'annotations/instances_train.json', tmp_path / 'train.jsonl')
    assert (tmp_path / 'train.jsonl').read_text() == first
