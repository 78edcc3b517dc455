"""Digits lead to exactly the numbers of the range."""

import itertools

import pytest

from vlm_detector.decoding.number_digits import next_digits, shortest_digit


def written(low, high, used_up=frozenset()):
    """All numbers that can be written digit by digit."""
    found, pending = set(), ['']
    while pending:
        digits = pending.pop()
        follow, complete = next_digits(digits, low, high, used_up)
        if complete:
            found.add(digits)
        pending += [digits + digit for digit in follow]
    return found


@pytest.mark.parametrize('low, high', [(0, 1000), (0, 0), (1, 9), (95, 105), (1000, 1000), (0, 27)])
def test_all_numbers_of_the_range_and_no_others_can_be_written(low, high):
    assert written(low, high) == {str(number) for number in range(low, high + 1)}


def test_numbers_that_are_used_up_cannot_be_written():
    for used_up in itertools.combinations(range(8, 13), 3):
        expected = {str(number) for number in range(8, 13) if number not in used_up}
        assert written(8, 12, frozenset(used_up)) == expected


@pytest.mark.parametrize(
    'digits, low, high, used_up, expected',
    [
        ('', 0, 1000, (), '0'),
        ('', 501, 1000, (), '5'),
        ('', 1000, 1000, (), '1'),
        ('1', 12, 19, (), '2'),
        ('', 3, 9, (3, 4), '5'),
        ('5', 500, 1000, (500,), '0'),
    ],
)
def test_the_shortest_then_smallest_number_is_aimed_at(digits, low, high, used_up, expected):
    assert shortest_digit(digits, low, high, frozenset(used_up)) == expected
