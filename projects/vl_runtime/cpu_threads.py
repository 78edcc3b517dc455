"""How many threads a training on the CPU should use right now.

OpenMP threads wait for one another by spinning. On a core that another process uses, two
threads can take several times as long as one, so the cores that exist are a bad guide.
"""

from __future__ import annotations

import os
import time

import torch
from mmengine.logging import print_log
from torch.nn import functional

_SECONDS_PER_COUNT = 0.25


def use_fastest_thread_count() -> int:
    """Try all, half and one of torch's present threads on a convolution; keep the fastest.

    Takes under a second. A user's ``OMP_NUM_THREADS`` is left as it is.

    Returns:
        The number of threads that torch uses now.
    """
    most = torch.get_num_threads()
    if most == 1 or 'OMP_NUM_THREADS' in os.environ:
        return most
    counts = sorted({most, max(1, most // 2), 1}, reverse=True)
    seconds = {count: _seconds_per_step(count) for count in counts}
    fastest = min(counts, key=seconds.__getitem__)
    torch.set_num_threads(fastest)
    if fastest < most:
        print_log(
            f'Training with {fastest} of {most} threads: faster now, because other processes '
            'use the cores.',
            logger='current',
        )
    return fastest


def _seconds_per_step(num_threads: int) -> float:
    """Mean time of a small convolution's forward and backward pass with ``num_threads``."""
    torch.set_num_threads(num_threads)
    images = torch.ones(8, 32, 40, 40)
    weight = torch.ones(32, 32, 3, 3, requires_grad=True)
    functional.conv2d(images, weight).sum().backward()
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < _SECONDS_PER_COUNT:
        functional.conv2d(images, weight).sum().backward()
        steps += 1
    return (time.perf_counter() - start) / steps
