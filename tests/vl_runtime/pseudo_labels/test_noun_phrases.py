import pytest

from vl_runtime.pseudo_labels import noun_phrases


@pytest.mark.parametrize(
    ('caption', 'phrases'),
    [
        ('A brown dog is lying on the green grass.', ['brown dog', 'green grass']),
        ("Two men wearing red hats, next to a man's car", ['men', 'red hats', 'man car']),
        ('a photo of a tall building and a building', ['tall building', 'building']),
        ('the dog and the dog', ['dog']),
        ('', []),
        ('very old big dark red wooden front-door', ['old big dark red wooden front-door'[4:]]),
    ],
)
def test_words_between_function_words_are_phrases(caption, phrases):
    assert noun_phrases(caption) == phrases
