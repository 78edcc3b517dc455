import pytest

from vl_runtime.converters.box_checks import usable_box
from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport

SIZE = (100, 80)


def test_a_box_inside_is_unchanged():
    report = ConversionReport()
    assert usable_box((1.5, 2, 30, 40), SIZE, 'a', report) == (1.5, 2, 30, 40)
    assert report.lines() == []


def test_a_box_over_the_border_is_clipped_and_counted():
    report = ConversionReport()
    assert usable_box((-10, 70, 30, 90), SIZE, 'a.xml: object 0', report) == (0, 70, 30, 80)
    assert report.lines() == [
        'boxes clipped to their image: 1 (first: a.xml: object 0, box -10 70 30 90 in 100 x 80)'
    ]


@pytest.mark.parametrize(
    ('box', 'kind'),
    [((5, 5, 5, 9), 'empty boxes left out'), ((120, 5, 130, 9), 'boxes outside their image')],
)
def test_a_box_of_which_nothing_is_left_is_counted_and_left_out(box, kind):
    report = ConversionReport()
    assert usable_box(box, SIZE, 'a', report) is None
    assert report.lines()[0].startswith(kind)


@pytest.mark.parametrize(
    ('box', 'message'),
    [
        ((1, 2, float('nan'), 4), 'a: expected four finite numbers for a box, found 1 2 nan 4'),
        ((9, 2, 3, 4), 'a: expected x1 <= x2 and y1 <= y2, found the box 9 2 3 4 of negative'),
    ],
)
def test_an_impossible_box_is_an_error(box, message):
    with pytest.raises(BrokenInput, match=message):
        usable_box(box, SIZE, 'a', ConversionReport())
