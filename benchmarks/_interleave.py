"""Time two things against each other on a machine that does other work too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    a: Callable[[], object], b: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Run a b a b ... after one call of each that isn't counted.

    Returns:
        Median seconds of ``a``, median seconds of ``b``, and the median over the rounds of
        seconds a / seconds b (how many times faster ``b`` is). Two neighbouring calls meet
        about the same load, so the last number is steadier than the first two.
    """
    a(), b()
    pairs = [(_seconds(a), _seconds(b)) for _ in range(rounds)]
    seconds_a, seconds_b = map(statistics.median, zip(*pairs))
    return seconds_a, seconds_b, statistics.median(x / y for x, y in pairs)


def in_turns(
    functions: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, tuple[float, float]]:
    """Run all in turns; per name the median seconds and the median ratio to the first's.

    A round is one call of each, after one call of each that isn't counted.
    """
    for function in functions.values():
        function()
    seconds = [[_seconds(function) for function in functions.values()] for _ in range(rounds)]
    return {
        name: (
            statistics.median(times),
            statistics.median(time / row[0] for time, row in zip(times, seconds)),
        )
        for name, times in zip(functions, zip(*seconds))
    }


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
