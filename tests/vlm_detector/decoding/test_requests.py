"""A long class list is asked for in parts, blank names are not asked for."""

import pytest

from tests.vlm_detector.decoding.tiny_requests import pictures
from vl_runtime.errors import InputValueError
from vlm_detector.decoding import build_requests


def asked(opened, names, **options):
    image = pictures(opened('qwen3_vl').encoder, [(64, 64)])[0]
    return build_requests(image, names, prompt_of='|'.join, image_key='key', **options)


def test_all_classes_fit_one_prompt(opened):
    found = asked(opened, ['cat', 'dog'])
    assert [request.prompt for request in found.requests] == ['cat|dog']
    assert found.class_indices == ((0, 1),)


def test_parts_have_the_same_picture_and_know_their_classes(opened):
    found = asked(opened, ['a', 'b', 'c', 'd', 'e'], classes_per_prompt=2)
    assert [request.prompt for request in found.requests] == ['a|b', 'c|d', 'e']
    assert found.class_indices == ((0, 1), (2, 3), (4,))
    assert {request.image_key for request in found.requests} == {'key'}
    assert found.requests[1].class_names == ('c', 'd')


def test_blank_names_are_left_out_and_indices_stay(opened):
    found = asked(opened, ['a', ' ', 'c', ''], classes_per_prompt=2)
    assert found.class_indices == ((0, 2),)


@pytest.mark.parametrize('names', [[], [' ', '']])
def test_nothing_to_look_for_is_refused(opened, names):
    with pytest.raises(
        InputValueError, match=r'^picture key: expected class names to look for, found none\.$'
    ):
        asked(opened, names)


@pytest.mark.parametrize('size', [0, -1, 1.5])
def test_impossible_parts_are_refused(opened, size):
    with pytest.raises(
        InputValueError, match=rf'^classes_per_prompt: expected an integer >= 1, found {size}\.$'
    ):
        asked(opened, ['a'], classes_per_prompt=size)
