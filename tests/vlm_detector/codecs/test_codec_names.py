import pytest
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputKeyError
from vlm_detector.codecs import CODECS, Qwen3Codec, codec_of


def test_every_codec_is_registered_under_its_class_name():
    assert list(CODECS) == ['qwen2', 'qwen2_5', 'qwen3', 'florence2', 'paligemma', 'norm_json']
    for name, kind in CODECS.items():
        assert TASK_UTILS.build({'type': kind.__name__}).name == name


def test_a_name_a_dict_and_a_codec_give_a_codec():
    codec = Qwen3Codec(compact=False)

    assert codec_of(codec) is codec
    assert isinstance(codec_of('qwen3'), Qwen3Codec)
    assert codec_of({'type': 'Qwen3Codec', 'compact': False}).compact is False


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        InputKeyError, match=r"no box codec 'qwen_3'; known: .*Did you mean 'qwen3'"
    ):
        codec_of('qwen_3')


def test_hints_and_special_tokens():
    for name in CODECS:
        assert codec_of(name).format_hint()
    assert codec_of('florence2').special_tokens[::999] == ('<loc_0>', '<loc_999>')
    assert codec_of('paligemma').special_tokens[::1023] == ('<loc0000>', '<loc1023>')
    assert '<|box_start|>' in codec_of('qwen2').special_tokens
    assert codec_of('qwen3').special_tokens == ()
