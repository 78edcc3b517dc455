"""Answers ``mmcv._ext`` where mmcv has no compiled operators (mmcv-lite).

Why: every ``mmcv/ops/*.py`` asks for the compiled module on import, so without
it ``import mmdet.models`` and ``import mmyolo.models`` fail. Until when: a wheel
of mmcv that mmyolo accepts carries compiled operators for the torch in use.

``install()`` costs microseconds and imports neither torch nor mmcv. A compiled
mmcv always wins. Operators that common detectors run are served by torchvision
and plain torch, on CPU and GPU, with gradients; every other one raises a line
that names it and how to build the full mmcv.
"""

from __future__ import annotations

from .extension_finder import install, provider
from .op_names import served_ops

__all__ = ['install', 'provider', 'served_ops']
