"""Digit by digit: which numbers of a range can still be reached."""

from __future__ import annotations

import functools


@functools.lru_cache(maxsize=1 << 16)
def next_digits(
    digits: str, low: int, high: int, used_up: frozenset[int] = frozenset()
) -> tuple[str, bool]:
    """What may follow ``digits`` in a number low..high without leading zeros.

    Args:
        digits: what is written so far, may be empty.
        low, high: the range, both ends included; 0 <= low.
        used_up: numbers of the range that may not be written.

    Returns:
        the digits that lead to an allowed number, and whether ``digits`` is one itself.
    """
    if digits == '0':
        return '', low == 0 and 0 not in used_up
    follow = ''.join(
        digit
        for digit in '0123456789'
        if _reachable(int(digits + digit), bool(digits) or digit != '0', low, high, used_up)
    )
    complete = bool(digits) and low <= int(digits) <= high and int(digits) not in used_up
    return follow, complete


@functools.lru_cache(maxsize=1 << 16)
def shortest_digit(digits: str, low: int, high: int, used_up: frozenset[int] = frozenset()) -> str:
    """The next digit on the way to the shortest, then smallest allowed number."""
    queue = [digits]
    while queue:
        longer = [d + n for d in queue for n in next_digits(d, low, high, used_up)[0]]
        for candidate in longer:
            if next_digits(candidate, low, high, used_up)[1]:
                return candidate[len(digits)]
        queue = longer
    raise ValueError(f'no number of {low}..{high} starts with {digits!r}.')


def _reachable(start: int, may_grow: bool, low: int, high: int, used_up: frozenset[int]) -> bool:
    first = last = start
    while first <= high:
        begin, end = max(first, low), min(last, high)
        if begin <= end and (
            end - begin + 1 > len(used_up)
            or any(number not in used_up for number in range(begin, end + 1))
        ):
            return True
        if not may_grow:
            return False
        first, last = first * 10, last * 10 + 9
    return False
