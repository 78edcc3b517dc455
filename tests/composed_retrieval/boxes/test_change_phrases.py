import pytest

from composed_retrieval.boxes.change_phrases import GENERIC, MAX_PHRASES, change_phrases


@pytest.mark.parametrize(
    ('caption', 'phrases'),
    [
        ('Show two dogs on the grass.', ('dogs', 'grass')),
        ('remove all but one dog', ('dog',)),
        ('Add a woman with a red umbrella, and remove the car', ('woman', 'red umbrella', 'car')),
        ('a dog, the dog and another dog', ('dog',)),
        ('is darker and more colorful', GENERIC),
        ('', GENERIC),
    ],
)
def test_things_stay_and_verbs_and_attributes_go(caption, phrases):
    assert change_phrases(caption) == phrases


def test_at_most_ten():
    caption = ', '.join(f'a {name} chair' for name in 'abcdefghijklmnop')
    assert len(change_phrases(caption)) <= MAX_PHRASES
