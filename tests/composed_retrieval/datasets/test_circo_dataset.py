import json

import pytest
from mmengine.registry import DATASETS

from tests.composed_retrieval.conftest import write_json, write_picture
from vl_runtime.errors import InputKeyError, InputValueError

ENTRY = {
    'id': 0,
    'reference_img_id': 10,
    'relative_caption': 'has two dogs',
    'shared_concept': 'a dog',
    'target_img_id': 30,
    'gt_img_ids': [30, 20],
    'semantic_aspects': ['cardinality', 'addition'],
}
SECRET = ('target_img_id', 'gt_img_ids', 'semantic_aspects')


@pytest.fixture
def root(tmp_path):
    """A gallery of four pictures, one query in val and one in test."""
    images = [{'id': number, 'file_name': f'{number:012d}.jpg'} for number in (10, 20, 30, 40)]
    folder = tmp_path / 'COCO2017_unlabeled'
    write_json(folder / 'annotations/image_info_unlabeled2017.json', {'images': images})
    for seed, image in enumerate(images):
        write_picture(folder / 'unlabeled2017' / image['file_name'], seed)
    write_json(tmp_path / 'annotations/val.json', [ENTRY])
    secret = {key: value for key, value in ENTRY.items() if key not in SECRET}
    write_json(tmp_path / 'annotations/test.json', [secret])
    return tmp_path


def build(root, split='val'):
    return DATASETS.build(dict(type='CIRCODataset', data_root=root, split=split))


def test_a_query_has_all_its_right_answers_and_aspects(root):
    item = build(root)[0]
    assert item['target']['name'] == '30' and item['ground_truths'] == ('30', '20')
    assert item['aspects'] == ('cardinality', 'addition')
    assert item['reference']['img_path'].endswith('unlabeled2017/000000000010.jpg')


def test_the_test_split_has_no_targets(root):
    dataset = build(root, 'test')
    assert dataset[0]['target'] is None and dataset[0]['ground_truths'] == ()
    assert dataset.galleries['test'] == ('10', '20', '30', '40')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'gt_img_ids': [20, 30]}, r'entry 0 \(id 0\): expected gt_img_ids to begin with'),
        ({'gt_img_ids': [30, 30]}, 'to have each image once'),
        ({'gt_img_ids': [30, 10]}, 'the reference 10 is among gt_img_ids'),
        ({'gt_img_ids': [30, 99]}, "a ground truth among the 4 images of 'val', found '99'"),
        ({'relative_caption': ''}, 'expected a caption, found a blank text'),
    ],
)
def test_a_wrong_query_is_named(root, changes, message):
    write_json(root / 'annotations/val.json', [{**ENTRY, **changes}])
    with pytest.raises((InputValueError, InputKeyError), match=message):
        build(root)


def test_a_gallery_with_an_id_twice_is_an_error(root):
    path = root / 'COCO2017_unlabeled/annotations/image_info_unlabeled2017.json'
    content = json.loads(path.read_text())
    content['images'][1]['id'] = 10
    write_json(path, content)
    with pytest.raises(InputValueError, match='found 3 ids for 4 images'):
        build(root)
