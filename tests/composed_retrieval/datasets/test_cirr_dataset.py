import json

import pytest
from mmengine.registry import DATASETS

from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError


def build(root, split='val', **changes):
    return DATASETS.build(dict(type='CIRRDataset', data_root=root, split=split, **changes))


def changed(root, change, split='val'):
    """Rewrite the captions of a split after ``change(entries)``."""
    path = root / f'cirr/captions/cap.rc2.{split}.json'
    entries = json.loads(path.read_text())
    change(entries)
    path.write_text(json.dumps(entries))
    return path


def test_an_item_has_reference_target_caption_and_the_group(cirr_root):
    dataset = build(cirr_root)
    item = dataset[1]

    assert len(dataset) == 3
    assert item['query_id'] == '9' and item['caption'] == 'Show two dogs on the grass.'
    assert item['reference']['name'] == 'dev-2-0-img0'
    assert item['reference']['img_path'] == str(cirr_root / 'dev/dev-2-0-img0.png')
    assert item['target']['name'] == 'dev-3-0-img1'
    assert len(item['subset']) == 6 and item['reference']['name'] in item['subset']
    assert dataset.metainfo['has_targets'] and dataset.metainfo['split'] == 'val'
    assert list(dataset.galleries) == ['val'] and len(dataset.galleries['val']) == 8


def test_the_test_split_has_no_targets(cirr_root):
    dataset = build(cirr_root, 'test1')
    assert dataset[0]['target'] is None
    assert not dataset.metainfo['has_targets']


def test_the_first_queries_can_be_chosen(cirr_root):
    assert len(build(cirr_root, indices=2)) == 2


def test_pictures_may_lie_in_another_folder(cirr_root):
    (cirr_root / 'cirr/img_raw').mkdir()
    (cirr_root / 'dev').rename(cirr_root / 'cirr/img_raw/dev')
    item = build(cirr_root, image_folder='cirr/img_raw')[0]
    assert item['reference']['img_path'].endswith('cirr/img_raw/dev/dev-0-0-img0.png')


def test_missing_pictures_are_counted_and_the_first_is_named(cirr_root):
    (cirr_root / 'dev/dev-1-0-img1.png').unlink()
    (cirr_root / 'dev/dev-4-0-img0.png').unlink()
    with pytest.raises(
        InputFileNotFoundError,
        match=r'cap.rc2.val.json: 2 of 8 images are missing, first: index 1 .*dev-1-0-img1.png: '
        'no such image',
    ):
        build(cirr_root)
    assert len(build(cirr_root, check_images=False)) == 3


def test_an_unknown_split_names_the_known_ones(cirr_root):
    with pytest.raises(InputValueError, match="among train, val, test1, found 'test'"):
        build(cirr_root, 'test')


def test_a_missing_file_is_named(cirr_root):
    with pytest.raises(InputFileNotFoundError, match=r'split.rc2.train.json.*Did you mean'):
        build(cirr_root, 'train')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda e: e[1].update(caption='  '), r'entry 1 \(pairid 9\): expected a caption'),
        (lambda e: e[1].pop('caption'), "entry 1: expected the key 'caption', found 'pairid'"),
        (lambda e: e[0].update(pairid='7'), "entry 0: expected a whole number under 'pairid'"),
        (lambda e: e[2].update(pairid=7), "entry 2: expected an id of its own, found '7'"),
        (lambda e: e[2].pop('target_hard'), "entry 2: expected the key 'target_hard': 2 of 3"),
        (lambda e: e[2].update(target_hard=3), 'entry 2 .*expected a text as target_hard, found 3'),
        (lambda e: e[0]['img_set'].pop('members'), "entry 0 .*img_set: expected the key 'members'"),
        (lambda e: e[0]['img_set']['members'].pop(), 'entry 0 .*expected 6 different img_set'),
        (
            lambda e: e[1].update(target_hard='dev-7-0-img1'),
            'entry 1 .*target .* among the img_set',
        ),
        (lambda e: e.insert(0, 3), 'entry 0: expected an object, found 3'),
        (lambda e: e.clear(), 'expected a list of queries, found an empty list'),
    ],
)
def test_a_wrong_entry_is_named(cirr_root, change, message):
    path = changed(cirr_root, change)
    with pytest.raises(InputValueError, match=message) as caught:
        build(cirr_root)
    assert str(path) in str(caught.value) and '\n' not in str(caught.value)


def test_a_picture_that_the_split_does_not_list_is_named(cirr_root):
    def change(entries):
        entries[0]['img_set']['members'][5] = 'elsewhere'

    changed(cirr_root, change)
    with pytest.raises(InputKeyError, match=r"a subset member among the 8 images .*'elsewhere'"):
        build(cirr_root)


@pytest.mark.parametrize('content', ['[]', '{}', '{"a": 3}'])
def test_a_wrong_split_file_is_named(cirr_root, content):
    path = cirr_root / 'cirr/image_splits/split.rc2.val.json'
    path.write_text(content)
    with pytest.raises(InputValueError, match=r'split.rc2.val.json: .*expected (an object|a path)'):
        build(cirr_root)
