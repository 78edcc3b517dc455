import json
import random

import pytest

from vl_runtime.converters import write_subset
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.fixture
def source(tmp_path):
    """20 images: 12 of cats, 6 of dogs, 2 of nothing; ids unlike positions."""
    images, annotations = [], []
    for number in range(20):
        name = 'cat' if number < 12 else 'dog' if number < 18 else ''
        images.append(dict(id=100 + number, file_name=f'i/{number}.png', width=10, height=10))
        if name:
            category = {'cat': 7, 'dog': 3}[name]
            annotations.append(
                dict(id=500 + number, image_id=100 + number, category_id=category)
                | dict(bbox=[0, 0, 5, 5], area=25, iscrowd=0, caption=f'a {name}')
            )
    categories = [dict(id=7, name='cat', supercategory='pet'), dict(id=3, name='dog')]
    path = tmp_path / 'data' / 'annotations' / 'instances_all.json'
    path.parent.mkdir(parents=True)
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    path.write_text(json.dumps(content))
    return path


def read(path, split='train'):
    return json.loads(path.with_name(f'instances_{split}.json').read_text())


def test_parts_hold_whole_images_with_everything_that_belongs_to_them(source):
    lines = write_subset(source, sizes={'train': 10, 'val': 2, 'test': 4})
    train, test, whole = read(source), read(source, 'test'), json.loads(source.read_text())
    assert [len(part['images']) for part in (train, test)] == [10, 4]
    assert train['categories'] == whole['categories']
    kept = {image['id'] for image in train['images']}
    expected = [a for a in whole['annotations'] if a['image_id'] in kept]
    assert sorted(train['annotations'], key=lambda a: a['id']) == expected
    assert not kept & {image['id'] for image in test['images']}
    assert 'train: 10 images are 10 samples with one task each, 30 with 3 tasks each' in lines


def test_the_choice_depends_on_names_and_seed_and_not_on_the_order_of_the_file(source):
    write_subset(source, sizes={'train': 10})
    first = read(source)
    content = json.loads(source.read_text())
    random.Random(0).shuffle(content['images'])
    random.Random(1).shuffle(content['annotations'])
    source.write_text(json.dumps(content))
    write_subset(source, sizes={'train': 10}, overwrite=True)
    assert read(source) == first
    write_subset(source, sizes={'train': 10}, seed=43, overwrite=True)
    assert read(source) != first


def test_stratified_parts_keep_the_shares_of_the_classes(source):
    lines = write_subset(source, sizes={'train': 10}, stratify=True)
    assert lines[0] == 'train: 10 images (1 without a box), 9 boxes: cat 6, dog 3'


def test_names_become_relative_to_another_data_root(source, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'i/\d+\.png: there is no such image; name'):
        write_subset(source, tmp_path / 'part', sizes={'train': 5})
    (tmp_path / 'data' / 'i').mkdir()
    for number in range(20):
        (tmp_path / 'data' / 'i' / f'{number}.png').touch()
    write_subset(source, tmp_path / 'part', sizes={'train': 5})
    content = json.loads((tmp_path / 'part/annotations/instances_train.json').read_text())
    assert all((tmp_path / 'part' / i['file_name']).is_file() for i in content['images'])
    assert content['images'][0]['file_name'].startswith('../data/i/')


def test_captions_of_one_picture_stay_together(source):
    content = json.loads(source.read_text())
    del content['categories']
    for image in content['images']:
        image |= {'file_name': f'{image["id"] // 2}.png', 'caption': 'a cat'}
    for annotation in content['annotations']:
        annotation['tokens_positive'] = [[2, 5]]
    source.write_text(json.dumps(content))
    lines = write_subset(source, sizes={'train': 4, 'test': 3}, num_tasks=1)
    assert lines[:2] == [
        'train: 4 images with 8 captions are 8 samples with one task each',
        'test: 3 images with 6 captions are 6 samples with one task each',
    ]
    with pytest.raises(InputValueError, match='has no categories, so nothing to stratify by'):
        write_subset(source, sizes={'train': 4}, stratify=True, overwrite=True)


def test_nothing_is_replaced_by_accident(source):
    write_subset(source, sizes={'train': 5})
    with pytest.raises(InputValueError, match=r'there is such a file already; .* --overwrite'):
        write_subset(source, sizes={'train': 6})
    with pytest.raises(InputValueError, match='would replace the file that it is taken from'):
        write_subset(source, sizes={'all': 6}, overwrite=True)
    assert len(read(source)['images']) == 5


def test_too_few_images_are_one_line_and_nothing_is_written(source):
    with pytest.raises(InputValueError, match=r'all\.json: expected at least 11000 images .*, fo'):
        write_subset(source, sizes={'train': 10000, 'test': 1000})
    assert [path.name for path in source.parent.iterdir()] == ['instances_all.json']
