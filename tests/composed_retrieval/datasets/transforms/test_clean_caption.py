import pytest
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError


@pytest.fixture
def clean():
    return TRANSFORMS.build(dict(type='CleanCaption'))


def test_case_punctuation_and_blanks_are_normalised(clean):
    item = {'query_id': '3', 'caption': '  Show (two)  "Dogs"; it\'s #1, not ~2. '}
    assert clean(item)['caption'] == "show two dogs it's 1, not 2"


def test_fifty_words_stay(clean):
    words = [f'w{number}' for number in range(60)]
    assert clean({'query_id': '3', 'caption': ' '.join(words)})['caption'] == ' '.join(words[:50])


def test_a_caption_of_punctuation_is_an_error(clean):
    with pytest.raises(InputValueError, match='query 3: expected words in the caption'):
        clean({'query_id': '3', 'caption': '...!'})
