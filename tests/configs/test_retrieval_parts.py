"""The data parts of composed retrieval name registered classes and one data set each."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, METRICS, TRANSFORMS

import composed_retrieval  # noqa: F401  (registers)
from tests.composed_retrieval.conftest import cirr_root  # noqa: F401  (a fixture)

BASE = Path(__file__).resolve().parents[2] / 'configs/_base_'


@pytest.mark.parametrize('name', ['cirr', 'fashion_iq', 'circo', 'oacirr'])
def test_data_parts_name_registered_classes(name):
    part = Config.fromfile(BASE / f'datasets/{name}.py')
    assert METRICS.build(part[f'{name}_metric']) is not None
    for key, value in part.items():
        if isinstance(value, dict) and not key.endswith('metric'):
            assert DATASETS.get(value.type) is not None, key
    assert part[f'{name}_val_gallery'].queries == part[f'{name}_val']


def test_the_pipelines_take_the_items_of_the_data_sets(cirr_root):  # noqa: F811
    part = Config.fromfile(BASE / 'pipelines/retrieval_224.py')
    data = Config.fromfile(BASE / 'datasets/cirr.py')
    queries = dict(data.cirr_val, data_root=str(cirr_root))
    query = DATASETS.build(dict(queries, pipeline=part.retrieval_query_pipeline))[0]
    assert query['inputs']['target'].shape == (3, 224, 224)
    gallery = dict(type='GalleryDataset', queries=queries, pipeline=part.retrieval_gallery_pipeline)
    assert DATASETS.build(gallery)[0]['inputs']['image'].shape == (3, 224, 224)
    assert all(TRANSFORMS.build(step) for step in part.retrieval_fashion_train_pipeline)
