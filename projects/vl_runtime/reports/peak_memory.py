"""How much memory a piece of work took at most."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from vl_runtime.compat import optional

_STATUS = Path('/proc/self/status')
_RESET = Path('/proc/self/clear_refs')


@dataclass
class PeakMemory:
    """Bytes; filled when the measured block ends.

    Attributes:
        process: resident memory of this process at its peak.
        before: the same when the block began.
        accelerator: peak of what torch held on the GPU; None without one.
        exact: False where the system can't forget earlier peaks, so that ``process`` may be
            one of those.
    """

    process: int = 0
    before: int = 0
    accelerator: int | None = None
    exact: bool = True

    @property
    def added(self) -> int:
        """What the block took on top of what was there."""
        return max(0, self.process - self.before)


@contextlib.contextmanager
def peak_memory() -> Iterator[PeakMemory]:
    """Measure the block; the object that it gets is filled at its end."""
    found = PeakMemory(before=_status('VmRSS'), exact=_forget_peaks())
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        yield found
    finally:
        found.process = _status('VmHWM')
        if torch.cuda.is_available():
            found.accelerator = torch.cuda.max_memory_allocated()


def _forget_peaks() -> bool:
    """Whether the peak that is asked for later starts now."""
    try:
        _RESET.write_text('5')  # Linux: resets VmHWM
    except OSError:
        return False
    return True


def _status(name: str) -> int:
    """A line of /proc/self/status in bytes; else the process's peak; 0 where nothing tells."""
    if _STATUS.is_file():
        for line in _STATUS.read_text().splitlines():
            if line.startswith(f'{name}:'):
                return int(line.split()[1]) * 1024
    if not optional.available('resource'):  # not a POSIX system
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
