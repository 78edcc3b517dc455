import json
import random

import pytest
from mmengine.registry import DATASETS, TRANSFORMS

from tests.composed_retrieval.conftest import write_json, write_picture
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError


@pytest.fixture
def root(tmp_path):
    """Three pictures a category (one of them a JPEG), two pairs each."""
    for category in ('dress', 'shirt', 'toptee'):
        names = [f'{category[0]}{number}' for number in range(3)]
        for seed, name in enumerate(names):
            write_picture(tmp_path / f'images/{name}{".jpg" if seed == 2 else ".png"}', seed)
        for split in ('val', 'test'):
            write_json(tmp_path / f'image_splits/split.{category}.{split}.json', names)
            entries = [
                {'candidate': names[0], 'captions': ['is red.', 'Has stripes ']},
                {'candidate': names[1], 'captions': ['longer, ', '']},
            ]
            if split == 'val':
                for entry, target in zip(entries, names[1:], strict=True):
                    entry['target'] = target
            write_json(tmp_path / f'captions/cap.{category}.{split}.json', entries)
    return tmp_path


def build(root, split='val', **changes):
    return DATASETS.build(dict(type='FashionIQDataset', data_root=root, split=split, **changes))


def test_captions_are_joined_as_the_published_evaluation_does(root):
    item = build(root)[0]
    assert item['caption'] == 'Is red and Has stripes'
    assert item['captions'] == ('is red.', 'Has stripes ')


def test_each_category_has_a_gallery_of_its_own_and_ids_that_name_it(root):
    dataset = build(root)
    assert {name: len(members) for name, members in dataset.galleries.items()} == {
        'dress': 3,
        'shirt': 3,
        'toptee': 3,
    }
    assert len(dataset) == 6 and dataset[2]['query_id'] == 'shirt/0'
    assert dataset[2]['gallery'] == 'shirt'
    assert dataset[1]['target']['img_path'].endswith('d2.jpg')


def test_one_category_can_be_read_alone(root):
    assert list(build(root, categories=['shirt']).galleries) == ['shirt']


def test_a_blank_caption_is_told_and_the_other_one_used(root, log_lines):
    assert build(root)[1]['caption'] == 'Longer'
    expected = 'cap.dress.val.json: 1 of 2 entries have one blank caption, first: entry 1'
    assert any(expected in line for line in log_lines)


def test_the_test_split_has_no_targets(root):
    assert build(root, 'test')[0]['target'] is None


def test_training_arranges_the_captions_in_four_ways(root):
    arrange = TRANSFORMS.build(dict(type='RandomCaptionOrder'))
    item = build(root)[0]
    random.seed(1)
    found = {arrange(item)['caption'] for _ in range(60)}
    assert found == {
        'Is red and Has stripes',
        'Has stripes and is red',
        'Is red',
        'Has stripes',
    }
    assert item['caption'] == 'Is red and Has stripes'


def rewritten(root, **changes):
    path = root / 'captions/cap.dress.val.json'
    entries = json.loads(path.read_text())
    entries[0].update(changes)
    path.write_text(json.dumps(entries))


def test_two_blank_captions_are_an_error(root):
    rewritten(root, captions=[' .', ''])
    with pytest.raises(InputValueError, match=r'cap.dress.val.json: entry 0: .*two blank texts'):
        build(root)


def test_another_number_of_captions_is_an_error(root):
    rewritten(root, captions=['one'])
    with pytest.raises(InputValueError, match=r"entry 0: expected two captions, found \['one'\]"):
        build(root)


def test_a_picture_of_another_category_is_an_error(root):
    rewritten(root, candidate='s0')
    with pytest.raises(InputKeyError, match=r"entry 0 .*a reference among the 3 images of 'dress'"):
        build(root)


def test_a_dead_picture_fails_loudly(root):
    (root / 'images/t2.jpg').unlink()
    with pytest.raises(InputFileNotFoundError, match=r'1 of 9 images are missing.*t2.png'):
        build(root)


def test_a_name_twice_in_a_split_file_is_an_error(root):
    write_json(root / 'image_splits/split.dress.val.json', ['d0', 'd1', 'd1'])
    with pytest.raises(InputValueError, match=r"entry 2: expected a name of its own, found 'd1'"):
        build(root)


def test_an_empty_or_wrong_split_file_is_an_error(root):
    path = write_json(root / 'image_splits/split.dress.val.json', [])
    with pytest.raises(InputValueError, match='expected a list of image names, found an empty'):
        build(root)
    write_json(path, ['d0', 4])
    with pytest.raises(InputValueError, match='entry 1: expected an image name, found 4'):
        build(root)


def test_an_unknown_category_is_an_error(root):
    with pytest.raises(InputValueError, match=r"dress, shirt, toptee, each once, found \['hat'\]"):
        build(root, categories=['hat'])
