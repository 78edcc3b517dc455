"""Ultralytics' network definitions without what importing them changes elsewhere.

Why: ``import ultralytics`` replaces ``PIL.Image.open``, ``torch.save``, ``torch.load`` and OpenCV's
``imread``, ``imwrite`` and ``imshow`` for the whole process, changes how arrays are printed, and
sets the number of OpenCV's threads. Until: it no longer does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import cv2
import numpy as np
import torch
from PIL import Image

from vl_runtime.compat.optional import require

_REPLACED = (
    (Image, 'open'),
    (torch, 'save'),
    (torch, 'load'),
    (cv2, 'imread'),
    (cv2, 'imwrite'),
    (cv2, 'imshow'),
)


def ultralytics_tasks() -> ModuleType:
    """``ultralytics.nn.tasks``; nothing is fetched and nothing outside it stays changed.

    Raises:
        InputValueError: the package is not installed.
    """
    os.environ.setdefault('YOLO_OFFLINE', 'True')  # importing it would ask the network
    os.environ.setdefault('YOLO_VERBOSE', 'False')
    with _unchanged():
        return require(
            'ultralytics.nn.tasks', 'Comparing with the source network', 'pip install ultralytics'
        )


@contextmanager
def _unchanged() -> Iterator[None]:
    functions = [getattr(module, name) for module, name in _REPLACED]
    threads, printing = cv2.getNumThreads(), np.get_printoptions()
    try:
        yield
    finally:
        for (module, name), function in zip(_REPLACED, functions):
            setattr(module, name, function)
        cv2.setNumThreads(threads)
        np.set_printoptions(**printing)
        torch.set_printoptions(profile='default')
