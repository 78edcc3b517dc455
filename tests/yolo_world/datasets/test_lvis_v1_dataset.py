"""LVIS v1: names from the address, labels by category, texts of the base classes."""

import json

import pytest
from mmdet.datasets import LVISV1Dataset
from mmengine.registry import DATASETS

from vl_runtime.errors import InputValueError

ADDRESS = 'http://images.cocodataset.org/'
NAMES = LVISV1Dataset.METAINFO['classes']


@pytest.fixture
def lvis_file(tmp_path):
    """A file with the given categories (1-based ids); two pictures, one box of each kind."""

    def write(ids, **changes):
        images = [
            {'id': i, 'coco_url': f'{ADDRESS}train2017/{i:012d}.jpg', 'height': 60, 'width': 80}
            for i in (7, 9)
        ]
        boxes = [
            {'id': n, 'image_id': 7, 'category_id': c, 'bbox': [5, 5, 20, 20], 'area': 400}
            for n, c in enumerate((ids[0], ids[-1]), start=1)
        ]
        categories = [{'id': i, 'name': NAMES[i - 1], 'frequency': 'f'} for i in ids]
        content = {'images': images, 'annotations': boxes, 'categories': categories, **changes}
        (tmp_path / 'lvis.json').write_text(json.dumps(content))
        return {
            'type': 'YOLOv5LVISV1Dataset',
            'data_root': str(tmp_path),
            'ann_file': 'lvis.json',
            'data_prefix': {'img': ''},
            'filter_cfg': {'filter_empty_gt': True, 'min_size': 32},
        }

    return write


@pytest.fixture
def texts_of(tmp_path):
    def write(ids):
        texts = [[NAMES[i - 1].replace('_', ' ')] for i in ids]
        (tmp_path / 'texts.json').write_text(json.dumps(texts))
        return str(tmp_path / 'texts.json')

    return write


def test_file_is_read_as_mmdet_reads_it(lvis_file, tmp_path):
    config = lvis_file(range(1, 1204))
    own = DATASETS.build({**config, 'serialize_data': False})
    theirs = DATASETS.build({**config, 'type': 'mmdet.LVISV1Dataset', 'serialize_data': False})

    assert own.data_list == theirs.data_list
    assert own[0]['img_path'] == str(tmp_path / 'train2017/000000000007.jpg')
    assert [i['bbox_label'] for i in own[0]['instances']] == [0, 1202]


def test_base_classes_have_labels_and_texts_of_their_own(lvis_file, texts_of):
    ids = range(5, 871)

    dataset = DATASETS.build(
        {
            'type': 'MultiModalDataset',
            'dataset': lvis_file(ids),
            'class_text_path': texts_of(ids),
            'test_mode': False,
        }
    )

    assert len(dataset.metainfo['classes']) == len(dataset.get_data_info(0)['texts']) == 866
    assert [i['bbox_label'] for i in dataset.get_data_info(0)['instances']] == [0, 865]
    assert dataset.metainfo['classes'][865] == NAMES[869]


def test_texts_of_all_classes_do_not_fit_the_base_file(lvis_file, texts_of):
    config = {'type': 'MultiModalDataset', 'dataset': lvis_file(range(5, 871))}

    with pytest.raises(InputValueError, match='expected 866 class texts'):
        DATASETS.build({**config, 'class_text_path': texts_of(range(1, 1204))})


def test_a_picture_without_address_is_told(lvis_file):
    images = [{'id': 7, 'file_name': 'a.jpg', 'height': 60, 'width': 80}]

    with pytest.raises(InputValueError, match='coco_url'):
        DATASETS.build(
            {'type': 'MultiModalDataset', 'dataset': lvis_file(range(1, 9), images=images)}
        )
