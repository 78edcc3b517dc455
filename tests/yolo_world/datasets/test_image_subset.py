import json

import pytest
from mmengine.registry import DATASETS

from vl_runtime.converters import write_subset
from vl_runtime.errors import InputValueError


@pytest.fixture
def config(tmp_path):
    """A data set of 30 images with a box each."""
    images = [dict(id=n, file_name=f'{n}.png', width=50, height=50) for n in range(30)]
    boxes = [
        dict(id=n, image_id=n, category_id=1, bbox=[1, 1, 9, 9], area=81, iscrowd=0)
        for n in range(30)
    ]
    content = {'images': images, 'annotations': boxes, 'categories': [dict(id=1, name='cat')]}
    (tmp_path / 'instances_all.json').write_text(json.dumps(content))
    return dict(
        type='MultiModalDataset',
        dataset=dict(
            type='mmyolo.YOLOv5CocoDataset',
            data_root=str(tmp_path),
            ann_file='instances_all.json',
            data_prefix=dict(img=''),
        ),
        test_mode=False,
        subset=dict(num=8, seed=42),
    )


def test_a_subset_of_the_config_is_the_one_that_the_tool_writes(config, tmp_path):
    dataset = DATASETS.build(config)
    assert len(dataset) == 8
    shown = {dataset.get_data_info(index)['img_path'] for index in range(8)}
    write_subset(tmp_path / 'instances_all.json', sizes={'train': 8}, seed=42)
    written = json.loads((tmp_path / 'instances_train.json').read_text())
    assert shown == {str(tmp_path / image['file_name']) for image in written['images']}


def test_another_seed_takes_others_and_loaded_data_sets_are_cut_too(config):
    first = DATASETS.build(config)
    second = DATASETS.build({**config, 'subset': dict(num=8, seed=1)})
    third = DATASETS.build(
        {**config, 'dataset': DATASETS.build({**config, 'subset': None}).dataset}
    )
    paths = [{d.get_data_info(i)['img_path'] for i in range(8)} for d in (first, second, third)]
    assert len(third) == 8 and paths[0] == paths[2] != paths[1]


def test_too_few_images_and_test_data_are_refused(config):
    with pytest.raises(InputValueError, match=r'all\.json: subset: expected at least 31 images'):
        DATASETS.build({**config, 'subset': dict(num=31)})
    inner = {**config['dataset'], 'test_mode': True}
    with pytest.raises(InputValueError, match='subset is for training, since a metric reads the'):
        DATASETS.build({**config, 'dataset': inner})
