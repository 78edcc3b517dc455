"""What every package of MMGround needs and nothing about one task."""

from vl_runtime.version import __version__

__all__ = ['__version__']
