"""What every package of MMGround needs and nothing about one task."""

from vl_runtime.compat import lazy_optimizers
from vl_runtime.version import __version__

# Before anything here imports mmengine.
lazy_optimizers.install()

__all__ = ['__version__']
