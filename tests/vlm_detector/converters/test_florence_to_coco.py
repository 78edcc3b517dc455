import json

import cv2
import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.converters import florence_to_coco
from vlm_detector.converters.florence_lines import FlorenceLine

DROP = 'drop<loc_100><loc_200><loc_300><loc_400>'


@pytest.fixture
def write(tmp_path):
    """write({'a.png': suffix}, 'train'): a file and its 200 x 100 pictures."""

    def make(suffixes, name='train'):
        rows = []
        for image, suffix in suffixes:
            cv2.imwrite(str(tmp_path / image), np.zeros((100, 200, 3), np.uint8))
            rows.append(FlorenceLine('', image, suffix).to_json() + '\n')
        path = tmp_path / f'{name}.jsonl'
        path.write_text(''.join(rows))
        return path

    return make


def boxes(path, split='train'):
    content = json.loads((path.parent / 'annotations' / f'instances_{split}.json').read_text())
    names = {item['id']: item['name'] for item in content['categories']}
    return [(names[a['category_id']], a['bbox']) for a in content['annotations']], content


def test_a_location_is_read_as_the_centre_of_its_unit(write):
    path = write([('a.png', DROP)])
    florence_to_coco([path])
    found, content = boxes(path)
    assert found == [('drop', [20.1, 20.05, 40.0, 20.0])]  # 100.5 / 1000 * 200, ...
    assert content['images'] == [{'id': 1, 'file_name': 'a.png', 'width': 200, 'height': 100}]


@pytest.mark.parametrize('rounding', ['floor', 'nearest'])
def test_boxes_of_either_rule_come_back_within_half_a_unit(write, rounding):
    corners = np.sort(np.random.default_rng(0).uniform(0, 0.999, (50, 2, 2)), axis=1)
    corners[:, 1] = np.minimum(corners[:, 1] + 0.002, 0.999)
    units = corners * 1000
    units = np.floor(units) if rounding == 'floor' else np.rint(units)
    text = ''.join(
        'drop' + ''.join(f'<loc_{int(value)}>' for value in box)
        for box in units.reshape(-1, 4)  # x1 y1 x2 y2
    )
    path = write([('a.png', text)])
    florence_to_coco([path], rounding=rounding)
    found = np.array([box for _, box in boxes(path)[0]])
    expected = corners.reshape(-1, 4) * [200, 100, 200, 100]
    error = np.abs(np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], 1) - expected)
    assert (error <= np.array([0.1, 0.05, 0.1, 0.05]) + 2e-4).all()  # side / 2000


def test_several_objects_repeated_labels_and_labels_with_blanks(write):
    second = '<loc_500><loc_500><loc_600><loc_700>'
    path = write([('a.png', f'{DROP}drop{second}broken weft{second}hole{DROP[4:]}{second}')])
    florence_to_coco([path])
    names = [name for name, _ in boxes(path)[0]]
    assert names == ['drop', 'drop', 'broken weft', 'hole', 'hole']


def test_an_empty_suffix_is_a_picture_without_objects(write):
    path = write([('a.png', DROP), ('b.png', '')])
    lines = florence_to_coco([path])
    assert lines[0] == 'train: 2 images (1 without a box), 1 boxes: drop 1'
    path.write_text(FlorenceLine('', 'a.png', '').to_json())
    with pytest.raises(InputValueError, match='expected objects, found none in 1 pictures; name'):
        florence_to_coco([path])
    assert 'drop 0' in florence_to_coco([path], classes=['drop'])[0]


def test_files_are_splits_with_the_same_classes(write):
    train = write([('a.png', DROP), ('b.png', DROP), ('b.png', DROP)])
    val = write([('c.png', DROP.replace('drop', 'broken')), ('a.png', DROP)], 'val')
    lines = florence_to_coco([train, val])
    assert lines[0].endswith('broken 0, drop 2') and lines[1].endswith('broken 1, drop 1')
    text = '\n'.join(lines)
    assert 'lines that repeat another one, left out: 1' in text
    assert 'pictures in several files (a score on them says little): 1' in text


def test_what_the_codec_changes_is_counted(write):
    path = write(
        [
            ('a.png', DROP + DROP),
            ('b.png', 'drop<loc_300><loc_200><loc_100><loc_400>'),
            ('c.png', 'drop<loc_300><loc_200><loc_1000><loc_400>'),
            ('d.png', 'drop<loc_300><loc_200><loc_300><loc_400>'),
            ('e.png', 'drop<poly><loc_1><loc_2><loc_30><loc_2><loc_30><loc_40></poly>'),
            ('f.png', 'drop<loc_1000><loc_200><loc_1001><loc_400>'),
        ]
    )
    text = '\n'.join(florence_to_coco([path]))
    for kind in (
        'boxes that are there twice, left out once',
        'boxes with reversed corners, turned round',
        'boxes with a location above 999, clipped',
        'empty boxes left out',
        'polygons, taken as their bounding box',
        'boxes outside their image left out',
    ):
        assert f'{kind}: 1 (first: {path}:' in text


@pytest.mark.parametrize(
    ('suffix', 'message'),
    [
        ('drop', r'train\.jsonl:1: object 0: expected a name and four locations .* in .drop.'),
        ('drop<loc_1><loc_2><loc_3>', 'object 0: expected a name and four locations'),
        ('<loc_1><loc_2><loc_3><loc_4>', 'object 0: expected a name and four locations'),
        (f'{DROP}drip', 'object 1: expected a name and four locations'),
    ],
)
def test_an_answer_of_another_form_is_broken(write, suffix, message):
    path = write([('a.png', suffix), ('b.png', DROP)])
    with pytest.raises(InputValueError, match=message):
        florence_to_coco([path])
    assert not (path.parent / 'annotations').exists()
    lines = florence_to_coco([path], skip_broken=True)
    assert lines[0].startswith('train: 1 images') and 'broken images left out: 1' in lines[1]


def test_unknown_pictures_classes_and_contradictions_are_named(write, tmp_path):
    path = write([('a.png', DROP), ('a.png', DROP.replace('drop', 'hole'))])
    with pytest.raises(InputValueError, match=r":2: 'a\.png' has other objects than in .*:1; put"):
        florence_to_coco([path])
    with pytest.raises(InputValueError, match=r"'drop' is none of the 1 classes of --classes"):
        florence_to_coco([path], classes=['drops'])
    (tmp_path / 'a.png').unlink()
    with pytest.raises(InputValueError, match=r':1: there is no picture .*a\.png; name the folder'):
        florence_to_coco([path])


def test_files_and_rounding_are_checked(write, tmp_path):
    path = write([('a.png', DROP)])
    with pytest.raises(InputValueError, match=r"another file is called 'train' too"):
        florence_to_coco([path, tmp_path / 'other' / 'train.jsonl'])
    with pytest.raises(InputValueError, match='expected all files in one folder'):
        florence_to_coco([path, tmp_path / 'other' / 'val.jsonl'])
    with pytest.raises(InputValueError, match="rounding: expected floor or nearest, found 'near'"):
        florence_to_coco([path], rounding='near')
