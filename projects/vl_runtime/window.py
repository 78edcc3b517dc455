"""A window on the desktop for pictures; asked for only where there is a display."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np

from vl_runtime.errors import InputValueError

_STOP_KEYS = (27, ord('q'))  # Escape, q


def has_display() -> bool:
    """Whether a window can be opened here."""
    if not cv2.currentUIFramework():  # the headless build of opencv
        return False
    if sys.platform != 'linux':
        return True
    return bool(os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))


def require_display(option: str) -> None:
    """Raise InputValueError when ``option`` asks for a window and there is no display."""
    if not has_display():
        raise InputValueError(
            f'{option}: expected a display for the window, found none (DISPLAY is not set, or '
            'opencv is the headless build); leave it out, pictures are written to --out-dir.'
        )


def show_picture(picture: np.ndarray, title: str, *, wait_for_key: bool) -> bool:
    """Show a BGR picture; False when the user pressed Escape or q, or closed the window.

    Args:
        wait_for_key: wait for any key; otherwise go on at once (frames of a camera).
    """
    if wait_for_key:
        cv2.namedWindow(title)
    cv2.imshow(title, picture)
    while True:
        key = cv2.waitKey(100 if wait_for_key else 1)
        if key & 0xFF in _STOP_KEYS and key >= 0:
            return False
        if cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) < 1:  # closed
            return False
        if key >= 0 or not wait_for_key:
            return True


class PictureWindow:
    """Shows one picture after the other, waiting for a key, until the user ends it."""

    def __init__(self) -> None:
        self._wanted = True

    def __call__(self, picture: np.ndarray, title: str) -> None:
        """Show a BGR picture, unless the user has ended it."""
        if self._wanted:
            self._wanted = show_picture(picture, title, wait_for_key=True)
            cv2.destroyAllWindows()
