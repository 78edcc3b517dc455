"""What the services of all tabs have in common."""

from __future__ import annotations

import threading

import cv2
import numpy as np

from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.web.run_files import RunFiles

_DEFAULT_LIMIT = 300  # boxes, where the model has no limit of its own


class PageService:
    """One predictor for any number of visitors; ``_lock`` is held while the model is used.

    Args:
        predictor: detector and pipeline.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._lock = threading.Lock()
        self._files = RunFiles()

    @property
    def most_boxes(self) -> int:
        """The largest number of boxes that can be asked for."""
        return self._predictor.most_boxes or _DEFAULT_LIMIT

    @staticmethod
    def _picture(image: np.ndarray | None) -> np.ndarray:
        """A visitor's picture, RGB, as BGR.

        Raises:
            InputValueError: there is none.
        """
        if image is None:
            raise InputValueError('There is no picture yet: upload one on the left.')
        return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
