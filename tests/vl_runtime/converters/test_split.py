import pytest

from vl_runtime.converters.split import parse_split, scaled_sizes, split_names, take_names
from vl_runtime.errors import InputValueError

NAMES = [f'{number:03}.jpg' for number in range(20)]


def test_every_name_is_in_exactly_one_split_and_sizes_follow_the_shares():
    splits = split_names(NAMES, {'train': 0.8, 'val': 0.2}, seed=1)
    assert {split: len(names) for split, names in splits.items()} == {'train': 16, 'val': 4}
    assert sorted(splits['train'] + splits['val']) == NAMES


def test_the_split_depends_on_the_seed_and_not_on_the_order_of_the_names():
    shares = {'train': 0.5, 'val': 0.5}
    first = split_names(NAMES, shares, seed=7)
    assert split_names(NAMES[::-1], shares, seed=7) == first
    assert split_names(NAMES, shares, seed=8) != first


def test_a_small_share_still_gets_an_image():
    splits = split_names(['a', 'b', 'c'], {'train': 0.98, 'val': 0.01, 'test': 0.01}, seed=0)
    assert [len(names) for names in splits.values()] == [1, 1, 1]


def test_fewer_images_than_splits_is_an_error():
    with pytest.raises(InputValueError, match='at least one image for each of 2 splits, found 1'):
        split_names(['a'], {'train': 0.5, 'val': 0.5}, seed=0)


def test_shares_are_parsed_by_name():
    assert parse_split('train=0.8, val=0.2') == {'train': 0.8, 'val': 0.2}


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('train=0.8,val=0.1', 'add up to 1, found 0.9'),
        ('0.8,0.2', "expected name=share, for example train=0.8,val=0.2, found '0.8'"),
        ('../x=1', 'expected name=share'),
        ('train=most,val=0.2', "above 0 and at most 1, found 'most'"),
        ('train=-1,val=2', "above 0 and at most 1, found '-1'"),
        ('train=0.5,train=0.5', "'train' is there twice"),
    ],
)
def test_a_wrong_split_is_explained(text, message):
    with pytest.raises(InputValueError, match=message):
        parse_split(text)


def test_parts_by_number_have_their_size_and_no_common_image():
    parts = take_names(NAMES, {'train': 12, 'test': 3}, seed=42)
    assert [len(names) for names in parts.values()] == [12, 3]
    assert not set(parts['train']) & set(parts['test'])
    assert take_names(NAMES[::-1], {'train': 12, 'test': 3}, seed=42) == parts
    assert take_names(NAMES, {'train': 12, 'test': 3}, seed=43) != parts


def test_too_few_images_and_no_split_are_errors():
    with pytest.raises(InputValueError, match=r'at least 21 images \(train 18, test 3\), found 20'):
        take_names(NAMES, {'train': 18, 'test': 3}, seed=42)
    with pytest.raises(InputValueError, match='at least one image for each split, found no split'):
        take_names(NAMES, {}, seed=42)
    with pytest.raises(InputValueError, match='at least one image for each split, found train 0'):
        take_names(NAMES, {'train': 0}, seed=42)


def test_sizes_are_scaled_only_when_there_are_too_few_images():
    wanted = {'train': 2000, 'val': 500, 'test': 500}
    assert scaled_sizes(3000, wanted) == wanted
    assert scaled_sizes(12, wanted) == {'train': 8, 'val': 2, 'test': 2}
    assert scaled_sizes(3, wanted) == {'train': 1, 'val': 1, 'test': 1}
    with pytest.raises(InputValueError, match='at least 3 images'):
        scaled_sizes(2, wanted)
