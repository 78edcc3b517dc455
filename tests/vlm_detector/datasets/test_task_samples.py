"""A sample for every task that a picture can be asked, of real annotation files."""

import json
from collections import Counter

import pytest
from mmengine.registry import DATA_SAMPLERS, DATASETS, DefaultScope

import yolo_world.datasets  # noqa: F401
from vl_runtime.errors import InputKeyError, InputValueError


@pytest.fixture
def samples(tmp_path):
    """``samples(tasks, ...)`` of three pictures: two logos, one logo, none."""

    def build(tasks, supercategory=True):
        names = [('Alpha', 'Food'), ('Beta', 'Sports')]
        content = {
            'images': [
                {'id': i, 'file_name': f'{i}.jpg', 'width': 60, 'height': 40} for i in (1, 2, 3)
            ],
            'categories': [
                {'id': k, 'name': name, **({'supercategory': group} if supercategory else {})}
                for k, (name, group) in enumerate(names, 5)
            ],
            'annotations': [
                _object(1, 1, 5, [0, 0, 10, 10], caption='a round logo'),
                _object(2, 1, 6, [20, 0, 30, 30], caption='a large logo'),
                _object(3, 2, 6, [5, 5, 10, 10], iscrowd=0),
            ],
        }
        content['images'][0]['caption'] = 'Two logos.'
        (tmp_path / 'a.json').write_text(json.dumps(content))
        inner = {
            'type': 'RegionTextDataset',
            'data_root': str(tmp_path),
            'ann_file': 'a.json',
            'data_prefix': {'img': ''},
        }
        wrapped = {'type': 'MultiModalDataset', 'dataset': inner, 'test_mode': False}
        config = {'type': 'TaskSamples', 'dataset': wrapped, 'tasks': tasks}
        with DefaultScope.overwrite_default_scope('mmyolo'):
            return DATASETS.build(config)

    return build


def _object(number, image, category, bbox, **more):
    area = bbox[2] * bbox[3]
    one = {'id': number, 'image_id': image, 'category_id': category, 'bbox': bbox, 'area': area}
    return {'iscrowd': 0, **one, **more}


def test_a_picture_gives_a_sample_for_each_task_it_can_be_asked(samples):
    tasks = ['detection', 'classification', 'caption', 'phrase_grounding', 'main_subject']
    found = samples(tasks)
    assert Counter(found.task_names) == {
        'detection': 3,
        'classification': 2,
        'caption': 1,
        'phrase_grounding': 3,  # a sample for each phrase that a picture shows
        'main_subject': 3,
    }
    infos = [found.get_data_info(index) for index in range(len(found))]
    assert [info['task'] for info in infos] == found.task_names
    labels = [info.get('phrase_label') for info in infos if info['task'] == 'phrase_grounding']
    assert labels == [0, 1, 1]
    assert found.metainfo['classes'] == ('Alpha', 'Beta')


def test_the_words_of_the_file_reach_the_pipeline(samples):
    found = samples(['classification', 'dense_region_caption'])
    info = found.get_data_info(0)
    assert info['supercategories'] == ('Food', 'Sports') and info['caption'] == 'Two logos.'
    assert [one.get('caption') for one in info['instances']] == ['a round logo', 'a large logo']
    assert [one['bbox_label'] for one in info['instances']] == [0, 1]


def test_the_published_order_goes_task_by_task(samples):
    found = samples(['detection', 'dense_region_caption', 'phrase_grounding'])
    order = ['detection', 'dense_region_caption', 'phrase_grounding']
    config = {'type': 'TaskOrderSampler', 'dataset': found, 'order': order, 'seed': 0}
    names = [found.task_names[index] for index in DATA_SAMPLERS.build(config)]
    assert names == sorted(names, key=order.index) and len(names) == len(found)


@pytest.mark.parametrize(
    ('tasks', 'error', 'message'),
    [
        (['count'], InputKeyError, r"TaskSamples\.tasks: expected one of .*, found 'count'"),
        ([], InputValueError, r'expected each task once, found \[\]'),
        (['detection'] * 2, InputValueError, r'each task once'),
        (
            ['detection', 'industry'],
            InputValueError,
            r'can be asked for industry: of 3 pictures 3 without a supercategory for every cat',
        ),
        (['segmentation'], InputValueError, r'2 without a mask \(segmentation\) for every object'),
    ],
)
def test_what_cannot_be_asked_is_refused(samples, tasks, error, message):
    with pytest.raises(error, match=message):
        samples(tasks, supercategory=False)
