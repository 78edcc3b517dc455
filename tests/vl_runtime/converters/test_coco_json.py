import json
import resource

import numpy as np
import pytest

from vl_runtime.converters.coco_json import coco_dicts, summary_lines, write_coco
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.errors import InputPermissionError, InputValueError
from vl_runtime.mask_rle import masks_to_rle

IMAGES = [
    LabelledImage('b.jpg', 50, 40, ()),
    LabelledImage(
        'a.jpg',
        100,
        80,
        (LabelledBox('dog', (1, 2, 31, 42)), LabelledBox('cat', (0.1, 0.2, 0.4, 5), True)),
    ),
]
SPLITS = {'train': ['a.jpg'], 'val': ['b.jpg']}


def test_boxes_become_x_y_width_height_with_ids_that_count_over_all_splits():
    dicts = coco_dicts(IMAGES, SPLITS, ['cat', 'dog'])
    assert dicts['train']['categories'] == [{'id': 1, 'name': 'cat'}, {'id': 2, 'name': 'dog'}]
    assert dicts['train']['images'] == [{'id': 1, 'file_name': 'a.jpg', 'width': 100, 'height': 80}]
    assert dicts['val']['images'][0]['id'] == 2
    assert dicts['train']['annotations'][0] == {
        'id': 1,
        'image_id': 1,
        'category_id': 2,
        'bbox': [1, 2, 30, 40],
        'area': 1200,
        'iscrowd': 0,
    }
    assert dicts['train']['annotations'][1]['bbox'] == [0.1, 0.2, 0.3, 4.8]


@pytest.mark.parametrize(
    ('difficult', 'expected'),
    [('keep', [(0, None), (0, 1)]), ('ignore', [(0, None), (1, 1)]), ('drop', [(0, None)])],
)
def test_difficult_objects_are_kept_marked_as_crowd_or_left_out(difficult, expected):
    annotations = coco_dicts(IMAGES, SPLITS, ['cat', 'dog'], difficult=difficult)['train'][
        'annotations'
    ]
    assert [(item['iscrowd'], item.get('difficult')) for item in annotations] == expected


def test_the_summary_counts_classes_that_do_not_occur():
    assert summary_lines(coco_dicts(IMAGES, SPLITS, ['cat', 'dog'])) == [
        'train: 1 images (0 without a box), 2 boxes: cat 1, dog 1',
        'val: 1 images (1 without a box), 0 boxes: cat 0, dog 0',
    ]


def test_each_split_is_a_file(tmp_path):
    dicts = coco_dicts(IMAGES, SPLITS, ['cat', 'dog'])
    paths = write_coco(tmp_path / 'new' / 'folder', dicts)
    assert {split: json.loads(path.read_text()) for split, path in paths.items()} == dicts
    assert sorted(path.name for path in (tmp_path / 'new' / 'folder').iterdir()) == [
        'instances_train.json',
        'instances_val.json',
    ]


def test_a_split_without_images_writes_nothing(tmp_path):
    dicts = coco_dicts(IMAGES, {'train': ['a.jpg'], 'val': []}, ['cat', 'dog'])
    with pytest.raises(InputValueError, match='val: expected at least one image in this split'):
        write_coco(tmp_path, dicts)
    assert list(tmp_path.iterdir()) == []


def test_when_one_part_does_not_fit_the_older_files_all_stay(tmp_path):
    dicts = coco_dicts(IMAGES, SPLITS, ['cat', 'dog'])
    write_coco(tmp_path, dicts)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    dicts['train']['info'] = 'new'
    dicts['val']['info'] = 'x' * 100_000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
        with pytest.raises(InputPermissionError, match=r'/instances_val\.json: writing failed \(F'):
            write_coco(tmp_path, dicts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_masks_give_their_outline_and_area_and_brands_their_industry():
    rle = masks_to_rle(np.eye(4, dtype=bool)[None])[0]
    image = LabelledImage('a.jpg', 4, 4, (LabelledBox('cat', (0, 0, 4, 4), mask_rle=rle),))
    content = coco_dicts([image], {'all': ['a.jpg']}, ['cat'], supercategories={'cat': 'pets'})
    assert content['all']['categories'] == [{'id': 1, 'name': 'cat', 'supercategory': 'pets'}]
    (annotation,) = content['all']['annotations']
    assert annotation['area'] == 4 and annotation['bbox'] == [0, 0, 4, 4]
    assert annotation['segmentation'] == rle


def test_of_many_classes_the_most_frequent_are_told():
    names = [f'c{number:02}' for number in range(30)]
    boxes = tuple(LabelledBox(name, (0, 0, 5, 5)) for name in ['c07', *names[:20], 'c07'])
    image = LabelledImage('a.jpg', 50, 40, boxes)
    (line,) = summary_lines(coco_dicts([image], {'all': ['a.jpg']}, names))
    assert 'boxes: c07 3, c00 1, c01 1' in line and line.endswith('... (20 of 30 classes)')
