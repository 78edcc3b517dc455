"""Fixes that make third parties work together, one file each.

``install()`` is called by ``import yolo_world`` and by every tool before
anything imports ``mmcv.ops``. This package is the only place that may try an
import, look at a version or patch a third party.
"""

from __future__ import annotations

_INSTALLED = False


def install() -> None:
    """Activate all fixes once; later calls cost nothing."""
    global _INSTALLED
    if _INSTALLED:
        return
    _INSTALLED = True


__all__ = ['install']
