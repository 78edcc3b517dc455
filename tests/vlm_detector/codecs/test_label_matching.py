import pytest

from vlm_detector.codecs.label_matching import LabelMatcher, plain_form, singular

NAMES = ('cat', 'traffic light', 'glass', 'bus', 'puppy', 'scissors', 'T-shirt')


@pytest.mark.parametrize(
    ('text', 'name'),
    [
        ('Cat', 'cat'),
        (' cats. ', 'cat'),
        ('traffic_light', 'traffic light'),
        ('Traffic  Lights', 'traffic light'),
        ('glasses', 'glass'),
        ('buses', 'bus'),
        ('puppies', 'puppy'),
        ('scissor', 'scissors'),
        ('t shirts', 'T-shirt'),
    ],
)
def test_other_spellings_find_their_class(text, name):
    assert LabelMatcher(NAMES).find(text) == (NAMES.index(name), False)


def test_the_exact_name_comes_first():
    matcher = LabelMatcher(('Cat', 'cat', 'cats'))

    assert [matcher.find(name) for name in ('Cat', 'cat', 'cats')] == [
        (0, True),
        (1, True),
        (2, True),
    ]


def test_a_form_of_two_classes_names_neither():
    assert LabelMatcher(('Cat', 'cat')).find('CAT') == (None, False)


@pytest.mark.parametrize('text', ['catalogue', '', ' ', 'light', '\ud800'])
def test_other_texts_are_no_class(text):
    assert LabelMatcher(NAMES).find(text) == (None, False)


def test_forms_by_hand():
    assert plain_form(' Traffic_Light. ') == 'traffic light'
    assert [singular(word) for word in ('wine glasses', 'puppies', 'bus', 'cats', 'as')] == [
        'wine glass',
        'puppy',
        'bus',
        'cat',
        'as',
    ]
