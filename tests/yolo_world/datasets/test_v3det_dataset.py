"""V3Det equals the reference; without a choice all categories are the classes."""

import json

import pytest
from mmengine.registry import DATASETS


def test_items_equal_the_reference(golden_dataset_config):
    config, case = golden_dataset_config('dataset_v3det.json')

    dataset = DATASETS.build(config)

    assert [dataset.get_data_info(i) for i in range(len(dataset))] == case['parsed']


@pytest.mark.parametrize('name', ['V3DetDataset', 'YOLOv5V3DetDataset'])
@pytest.mark.parametrize('wrapped', [False, True])
def test_all_categories_by_id_are_the_classes(golden_dataset_config, tmp_path, name, wrapped):
    config, case = golden_dataset_config('dataset_v3det.json')
    del config['metainfo']
    config['type'] = name
    content = case['annotation']
    content['annotations'] = [a for a in content['annotations'] if a['category_id'] != 99]
    (tmp_path / 'ann.json').write_text(json.dumps(content))

    dataset = DATASETS.build(
        {'type': 'MultiModalDataset', 'dataset': config} if wrapped else config
    )

    assert tuple(dataset.metainfo['classes']) == ('dog', 'zebra', 'car')
    assert [i['bbox_label'] for i in dataset.get_data_info(0)['instances']] == [1]
