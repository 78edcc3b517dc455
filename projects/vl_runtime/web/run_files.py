"""The files that visitors download."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter

_KEPT_RUNS = 50  # the page has copied older files long ago


class RunFiles:
    """A folder for each run, in a place of its own that goes with this object."""

    def __init__(self) -> None:
        self._root = tempfile.TemporaryDirectory(prefix='mmground-page-')
        self._lock = threading.Lock()
        self._runs = 0

    def new_folder(self) -> Path:
        """A new folder; that of a run long ago is removed."""
        root = Path(self._root.name)
        with self._lock:
            self._runs += 1
            number = self._runs
        shutil.rmtree(root / str(number - _KEPT_RUNS), ignore_errors=True)
        folder = root / str(number)
        folder.mkdir(parents=True)
        return folder

    def write_coco(self, found: Prediction, picture: np.ndarray, info: Mapping[str, Any]) -> Path:
        """``predictions.json`` in a new folder, see ``PredictionWriter``.

        Args:
            picture: (H, W, 3) uint8 BGR.
            info: the settings of the run.
        """
        writer = PredictionWriter(self.new_folder(), dict(info), pictures=False)
        writer.add_image(found, picture, 'upload', 'upload')
        writer.finish(found.texts)
        return writer.json_path
