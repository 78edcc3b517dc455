"""What every package of MMGround needs and nothing about one task."""

import os

from vl_runtime.version import __version__

# OpenMP threads spin while they wait for one another. When another process uses one of the
# cores, that makes a training step take several times as long; sleeping costs little on free
# cores. Read when torch is loaded, which is later than this.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

__all__ = ['__version__']
