"""Boxes of a box file and of annotators, from the data set to what a model gets."""

import json

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, TRANSFORMS

from composed_retrieval.datasets.configured_split import configured_split
from tests.composed_retrieval.conftest import NAMES
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError
from vl_runtime.sample_pictures import sample_pictures

PIPELINE = [
    dict(type='LoadPictures'),
    dict(type='PadResizeCrop', size=32),
    dict(type='CleanCaption'),
    dict(type='PackPictures'),
]


@pytest.fixture
def box_file(tmp_path):
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps({NAMES[0]: [[0.1, 0.2, 0.5, 0.75]], NAMES[1]: []}))
    return path


def config(root, box_file=None, split='val', pipeline=()):
    return dict(
        type='CIRRDataset', data_root=root, split=split, box_file=box_file, pipeline=list(pipeline)
    )


def test_pictures_have_their_boxes_and_the_rest_is_counted(cirr_root, box_file, log_lines):
    dataset = DATASETS.build(config(cirr_root, box_file))
    assert dataset[0]['reference']['fraction_boxes'].tolist() == [[0.1, 0.2, 0.5, 0.75]]
    assert dataset[0]['target']['fraction_boxes'].shape == (0, 4)
    expected = '1 of 8 images of CIRR val have boxes (6 are not in the file), and 0 of 3 pairs'
    assert any(expected in line for line in log_lines)


def test_boxes_of_a_pair_come_before_those_of_the_picture(cirr_root, box_file):
    pair = {'7': {'target': {'boxes': [[0, 0, 0.5, 1]]}}}
    box_file.write_text(json.dumps({'images': {NAMES[1]: {'boxes': []}}, 'pairs': pair}))
    dataset = DATASETS.build(config(cirr_root, box_file))
    assert dataset[0]['target']['fraction_boxes'].tolist() == [[0, 0, 0.5, 1]]
    gallery = DATASETS.build(dict(type='GalleryDataset', queries=config(cirr_root, box_file)))
    assert gallery[1]['image']['fraction_boxes'].shape == (0, 4)  # knows of no query


def test_a_box_file_of_another_split_is_refused(cirr_root, box_file):
    box_file.write_text('{"train-1": []}')
    with pytest.raises(
        InputKeyError, match=r"1 of 1 images are unknown to the data set.*'train-1'"
    ):
        DATASETS.build(config(cirr_root, box_file))


def test_a_missing_box_file_is_an_error(cirr_root, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'none.json: no such file'):
        DATASETS.build(config(cirr_root, tmp_path / 'none.json'))


def test_packed_boxes_surround_the_drawn_rectangle(cirr_root, box_file):
    # The rectangle of the first picture: x 4..22 of 48, y 8..26 of 36.
    box = [4 / 48, 8 / 36, 23 / 48, 27 / 36]
    box_file.write_text(json.dumps({NAMES[0]: [box]}))
    item = DATASETS.build(config(cirr_root, box_file, pipeline=PIPELINE))[0]
    image, sample = item['inputs']['reference'], item['data_samples']

    assert set(item['inputs']) == {'reference', 'target'} and image.shape == (3, 32, 32)
    rows, columns = np.nonzero(image[1].numpy() > 115)  # green is 30 and 200
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(found, sample.reference_boxes[0], atol=1.01)
    assert sample.target_boxes.shape == (0, 4)
    assert sample.caption == 'show two dogs on the grass'
    assert sample.query_id == '7' and sample.reference['name'] == NAMES[0]
    assert sample.reference['boxes_left_out'] == 0
    assert sample.to_dict()['target']['name'] == NAMES[1]


def test_a_query_without_target_and_a_gallery_picture_are_packed(cirr_root):
    item = DATASETS.build(config(cirr_root, split='test1', pipeline=PIPELINE))[0]
    assert set(item['inputs']) == {'reference'}
    assert item['data_samples'].target is None
    gallery = dict(
        type='GalleryDataset', queries=config(cirr_root), pipeline=[*PIPELINE[:2], PIPELINE[3]]
    )
    item = DATASETS.build(gallery)[5]
    assert item['inputs']['image'].shape == (3, 32, 32)
    assert item['data_samples'].image['name'] == NAMES[5]


def test_browsing_shows_both_sides_of_a_pair(cirr_root, box_file):
    recipe = Config(
        dict(train_dataloader=dict(dataset=config(cirr_root, box_file, 'val', PIPELINE)))
    )
    pictures = list(sample_pictures(recipe, 3))
    picture, caption = next(p for p in pictures if NAMES[0] in p[1].split(':')[0])
    assert picture.shape[1] == 2 * picture.shape[0]
    assert caption.startswith(f'{NAMES[0]}.png: 1 box, 3 texts: reference, target, show two dogs')


def test_a_drawn_region_comes_first_and_must_be_inside(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((30, 40, 3), np.uint8))
    load = TRANSFORMS.build(dict(type='LoadPictures'))
    picture = {'img_path': str(tmp_path / 'a.png'), 'fraction_boxes': [[0, 0, 0.5, 0.5]]}
    item = load({'reference': {**picture, 'region_xyxy': (4, 5, 90, 20)}})
    assert item['reference']['boxes_xyxy'].tolist() == [[4, 5, 40, 20], [0, 0, 20, 15]]
    with pytest.raises(InputValueError, match=r'a.png: expected the drawn region inside'):
        load({'reference': {**picture, 'region_xyxy': (44, 5, 90, 20)}})


def test_a_missing_picture_is_told_when_it_is_read(cirr_root):
    dataset = DATASETS.build(config(cirr_root, pipeline=PIPELINE))
    (cirr_root / 'dev' / f'{NAMES[2]}.png').unlink()
    with pytest.raises(InputFileNotFoundError, match=rf'{NAMES[2]}.png: no such image'):
        dataset[1]


def test_a_data_set_is_found_in_a_config_whatever_its_key(cirr_root, box_file, tmp_path):
    path = tmp_path / 'part.py'
    inner = config(str(cirr_root), str(box_file), 'train')
    path.write_text(f'mine = dict(type="GalleryDataset", queries={inner})')
    dataset = configured_split(path, 'test1')
    assert len(dataset) == 2 and dataset.metainfo['split'] == 'test1'
    path.write_text('model = dict(type="x")')
    with pytest.raises(InputKeyError, match=r'part.py: expected a data set of composed retrieval'):
        configured_split(path, 'val')
