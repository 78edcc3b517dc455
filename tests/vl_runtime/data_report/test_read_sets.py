from pathlib import Path

import pytest
from mmengine.config import Config

from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.read_sets import load_content, set_of_file, sets_of_recipe
from vl_runtime.errors import InputKeyError


def test_wrapped_and_joined_data_sets_give_their_files():
    coco = dict(type='YOLOv5CocoDataset', data_root='data/', ann_file='a.json',
                data_prefix=dict(img='img/'), metainfo=dict(classes=('cat',)))  # fmt: skip
    grounding = dict(type='YOLOv5MixedGroundingDataset', ann_file='/g.json',
                     data_prefix=dict(img=['a/', 'b/']))  # fmt: skip
    wrapped = dict(type='MultiModalDataset', dataset=coco, class_text_path='t.json')
    lvis = dict(type='YOLOv5LVISV1Dataset', data_root='data', ann_file='l.json')
    config = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(type='ConcatDataset', datasets=[wrapped, grounding])
            ),
            val_dataloader=dict(dataset=dict(type='MultiModalDataset', dataset=lvis)),
        )
    )
    first, second, third = sets_of_recipe(config)
    assert (first.name, first.part, first.kind) == ('train[0]', 'train', 'detection')
    assert first.ann_file == Path('data/a.json') and first.image_folders == [Path('data/img')]
    assert first.classes == ['cat'] and first.class_text_path == 't.json'
    assert (second.name, second.kind) == ('train[1]', 'caption')
    assert second.ann_file == Path('/g.json') and second.image_folders == [Path('a'), Path('b')]
    assert (third.name, third.image_key) == ('val', 'coco_url')


def test_a_recipe_without_data_is_refused():
    with pytest.raises(InputKeyError, match='expected a data set with ann_file in one of train_d'):
        sets_of_recipe(Config({}))


def test_lvis_images_are_named_by_their_address(tmp_path):
    path = tmp_path / 'lvis.json'
    path.write_text('{"images": [{"id": 1, "coco_url": "http://images.cocodataset.org/v/1.jpg"}]}')
    (tmp_path / 'images' / 'v').mkdir(parents=True)
    (tmp_path / 'images' / 'v' / '1.jpg').touch()
    data = set_of_file(path, None, None)
    assert load_content(data, guess=True) == []
    assert data.image_path(data.content['images'][0]) == tmp_path / 'images' / 'v' / '1.jpg'


def test_labels_follow_the_ids_where_the_data_set_sorts():
    categories = [{'id': 2, 'name': 'b'}, {'id': 1, 'name': 'a'}]
    data = AnnotationSet('train', Path('a.json'), categories=categories, sorted_by_id=True)
    assert [c['name'] for c in data.kept_categories()] == ['a', 'b']
