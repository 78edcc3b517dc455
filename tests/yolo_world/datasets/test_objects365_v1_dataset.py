"""Objects365 v1 equals the reference."""

from mmengine.registry import DATASETS


def test_items_equal_the_reference(golden_dataset_config):
    config, case = golden_dataset_config('dataset_objects365v1.json')

    dataset = DATASETS.build(config)

    assert [dataset.get_data_info(i) for i in range(len(dataset))] == case['parsed']


def test_labels_are_the_same_with_texts(golden_dataset_config):
    config, case = golden_dataset_config('dataset_objects365v1.json')

    dataset = DATASETS.build({'type': 'MultiModalDataset', 'dataset': config})

    found = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info['instances'] for info in found] == [info['instances'] for info in case['parsed']]
    assert found[0]['texts'] == [['dog'], ['zebra'], ['car']]  # by id, not in file order
    assert dataset.metainfo['classes'] == ('dog', 'zebra', 'car')
