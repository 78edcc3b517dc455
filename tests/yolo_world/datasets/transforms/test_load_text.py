"""One prompt per class."""

import json

import pytest
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError


def test_prompts_equal_the_reference(load_golden, tmp_path):
    case = load_golden('text_load.json')
    (tmp_path / 'texts.json').write_text(json.dumps(case['class_texts']))
    assert (
        TRANSFORMS.build({'type': 'LoadText'})({'texts': case['class_texts']})['texts']
        == (case['texts'])
    )
    from_file = {'type': 'LoadText', 'text_path': str(tmp_path / 'texts.json')}
    assert TRANSFORMS.build(from_file)({})['texts'] == case['texts']


def test_prompt_format_is_applied_to_the_main_name():
    transform = TRANSFORMS.build({'type': 'LoadText', 'prompt_format': 'a photo of {}'})
    assert transform({'texts': [['cat', 'kitten']]})['texts'] == ['a photo of cat']


def test_missing_texts_are_named():
    with pytest.raises(AssertionError, match=r'class texts: expected results'):
        TRANSFORMS.build({'type': 'LoadText'})({})


def test_format_without_a_place_is_refused():
    with pytest.raises(InputValueError, match=r"prompt_format: expected a text with '\{\}'"):
        TRANSFORMS.build({'type': 'LoadText', 'prompt_format': 'photo'})
