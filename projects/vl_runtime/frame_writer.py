"""Write what was found in frames while they come: JSON lines, and a video with the boxes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np

from vl_runtime.atomic_files import atomic_path
from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter

_DEFAULT_RATE = 25.0  # frames a second, where the source doesn't say


class FrameWriter:
    """Takes one frame after the other; made by ``frame_writer``.

    Args:
        lines: receives a line of JSON for each frame: ``frame`` (from 0), ``time_s``, and the
            keys of ``Prediction.to_dict``.
        video_path: receives an MP4 with the boxes; None for none.
        rate: frames a second of the video.
    """

    def __init__(self, lines: TextIO, video_path: Path | None, rate: float) -> None:
        self.num_frames = 0
        self._lines = lines
        self._video_path = video_path
        self._rate = rate if rate > 0 else _DEFAULT_RATE
        self._video: cv2.VideoWriter | None = None

    def add(self, prediction: Prediction, image: np.ndarray, time_s: float | None = None) -> None:
        """Write one frame; ``time_s`` is its number divided by the rate if not given."""
        time_s = self.num_frames / self._rate if time_s is None else time_s
        entry = {'frame': self.num_frames, 'time_s': round(time_s, 3), **prediction.to_dict()}
        self._lines.write(json.dumps(entry, ensure_ascii=False, allow_nan=False) + '\n')
        self.num_frames += 1
        if self._video_path is not None:
            picture = PredictionWriter.draw(prediction, image)
            if self._video is None:  # the drawing decides the size
                code = cv2.VideoWriter_fourcc(*'mp4v')
                size_wh = picture.shape[1::-1]
                self._video = cv2.VideoWriter(str(self._video_path), code, self._rate, size_wh)
            self._video.write(picture)

    def close(self) -> None:
        """Finish the video."""
        if self._video is not None:
            self._video.release()


@contextlib.contextmanager
def frame_writer(
    lines_path: Path, video_path: Path | None, rate: float = _DEFAULT_RATE
) -> Iterator[FrameWriter]:
    """A ``FrameWriter`` whose files are moved into place when the block succeeds.

    Raises:
        InputPermissionError: the folder can't be written, or the disk is full.
    """
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(atomic_path(lines_path))
        video = stack.enter_context(atomic_path(video_path)) if video_path is not None else None
        file = stack.enter_context(open(lines, 'w', encoding='utf-8'))
        writer = FrameWriter(file, video, rate)
        stack.callback(writer.close)
        yield writer
