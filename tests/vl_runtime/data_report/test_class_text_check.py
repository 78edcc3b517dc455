import json

import pytest


@pytest.mark.parametrize(
    ('texts', 'words'),
    [
        ([['cat']], 'expected 2 class texts, one per category of'),
        ([['dog'], ['cat']], 'put the texts in the order of the categories'),
        ([['cat'], ['']], 'found the empty string'),
    ],
)
def test_texts_are_held_against_the_categories(found, content, tmp_path, texts, words):
    path = tmp_path / 'texts.json'
    path.write_text(json.dumps(texts))
    ((level, check, _, message, first),) = found(content, class_text_path=str(path))
    assert (level, check, message) == ('error', 'texts', 'class texts that do not fit')
    assert first.startswith(str(path)) and words in first


def test_names_that_no_encoder_knows_are_a_warning(found, content):
    content['categories'][1]['name'] = 'guide_dog'
    ((level, check, count, message, first),) = found(content)
    assert (level, check, count, first) == ('warning', 'texts', 1, "'guide_dog' (class 1)")
    assert message.startswith('class text with underscores')
