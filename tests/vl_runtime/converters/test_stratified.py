from collections import Counter

import pytest

from vl_runtime.converters.stratified import stratum_of_images, take_stratified
from vl_runtime.errors import InputValueError

# 60 pictures of a, 30 of b, 10 of both b and a rare c
CLASSES_OF = (
    {f'a{n}': {'a'} for n in range(60)}
    | {f'b{n}': {'b'} for n in range(30)}
    | {f'c{n}': {'b', 'c'} for n in range(10)}
)


def test_an_image_stands_for_its_rarest_class():
    assert stratum_of_images({'x': {'b', 'c'}, 'y': {'b'}, 'z': set()}) == {
        'x': 'c',
        'y': 'b',
        'z': '',
    }


def test_every_class_keeps_its_share_in_every_part():
    parts = take_stratified(CLASSES_OF, {'train': 50, 'test': 10}, seed=1)
    assert Counter(name[0] for name in parts['train']) == {'a': 30, 'b': 15, 'c': 5}
    assert Counter(name[0] for name in parts['test']) == {'a': 6, 'b': 3, 'c': 1}
    assert not set(parts['train']) & set(parts['test'])


def test_the_choice_depends_on_the_seed_and_not_on_the_order():
    parts = take_stratified(CLASSES_OF, {'train': 7}, seed=1)
    assert take_stratified(dict(reversed(CLASSES_OF.items())), {'train': 7}, seed=1) == parts
    assert take_stratified(CLASSES_OF, {'train': 7}, seed=2) != parts
    assert len(parts['train']) == 7


def test_all_images_can_be_taken_and_no_more():
    parts = take_stratified(CLASSES_OF, {'train': 90, 'test': 10}, seed=0)
    assert sorted(parts['train'] + parts['test']) == sorted(CLASSES_OF)
    with pytest.raises(InputValueError, match='at least 101 images'):
        take_stratified(CLASSES_OF, {'train': 101}, seed=0)
