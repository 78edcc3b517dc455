import pytest

from vlm_detector.codecs.answer_lexer import tokens


def cut(text):
    return [(token.kind, token.value) for token in tokens(text)]


def test_json_is_cut_as_json():
    assert cut('{"a b": [1, -2.5e3], "c": "d\\"e"}') == [
        ('{', '{'),
        ('string', 'a b'),
        (':', ':'),
        ('[', '['),
        ('number', '1'),
        (',', ','),
        ('number', '-2.5e3'),
        (']', ']'),
        (',', ','),
        ('string', 'c'),
        (':', ':'),
        ('string', 'd"e'),
        ('}', '}'),
    ]


def test_offsets_leave_out_the_quotes():
    text = '  "cat", 12'

    assert [text[token.start : token.end] for token in tokens(text)] == ['cat', ',', '12']


def test_an_apostrophe_in_a_sentence_starts_no_string():
    assert cut("that's it's [1]")[-3:] == [('[', '['), ('number', '1'), (']', ']')]


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ("'men's shoes', 1", "men's shoes"),
        ('"19" tv", 1', '19" tv'),
        ('“cat”, 1', 'cat'),
        ('\\"cat\\", 1', 'cat'),
        ('"cat\n, 1', 'cat'),
        ('"cat}, {"b": 1', 'cat'),
        ('"\\u732b", 1', '猫'),
        ('"bad \\escape", 1', 'bad escape'),
    ],
)
def test_strings_end_where_they_were_meant_to(text, value):
    first = tokens(text)[0]

    assert (first.kind, first.value, first.closed) == ('string', value, True)


def test_a_string_that_the_end_cuts_is_not_closed():
    assert not tokens('["ca')[-1].closed
