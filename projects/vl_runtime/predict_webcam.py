"""Detect in what a camera sees, in a window or into files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vl_runtime.errors import InputValueError
from vl_runtime.frame_writer import frame_writer
from vl_runtime.image_files import video_frames
from vl_runtime.inference import Predictor
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.window import show_picture

_RATE = 10.0  # of the video; a detector is slower than a camera, time_s has the real times


def open_webcam(index: int) -> cv2.VideoCapture:
    """An opened camera that has given a frame; the caller releases it.

    Raises:
        InputValueError: there is no camera with this number, or it gives no picture.
    """
    if index < 0:
        raise InputValueError(f'--webcam: expected a number from 0, found {index}.')
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        capture = cv2.VideoCapture(index)
        usable = capture.isOpened() and capture.read()[0]
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not usable:
        capture.release()
        raise InputValueError(
            f'--webcam {index}: expected a camera, found none that gives a picture; is it '
            'plugged in, used by another program, or /dev/video* not readable for you?'
        )
    return capture


def predict_webcam(
    predictor: Predictor,
    capture: cv2.VideoCapture,
    out_dir: str | Path,
    *,
    name: str = 'webcam',
    window: bool = False,
    pictures: bool = True,
    max_frames: int | None = None,
    score_threshold: float = 0.3,
    max_boxes: int = 100,
    progress: Callable[..., Iterable[Any]] = lambda items, **_: items,
) -> tuple[int, Counter]:
    """Detect until the user stops (Ctrl-C; Escape or q in the window) or the frames end.

    Args:
        capture: an opened camera.
        out_dir: receives ``frames/NAME.jsonl``; without a window ``pictures/NAME.mp4`` too.
        window: show the boxes on the desktop.
        pictures: write the video where there is no window.
        max_frames: stop after so many.
        score_threshold, max_boxes: as in ``Predictor.stream``.
        progress: called as ``progress(items, total=number or None, unit='frame')``.

    Returns:
        Number of frames, and of the boxes of each text.
    """
    predictor.check_arguments(score_threshold, max_boxes, 1)
    out_dir, counts = Path(out_dir), Counter()
    video = out_dir / 'pictures' / f'{name}.mp4' if pictures and not window else None
    start = time.perf_counter()
    with frame_writer(out_dir / 'frames' / f'{name}.jsonl', video, _RATE) as writer:
        try:
            for frame in progress(_limited(capture, max_frames), total=max_frames, unit='frame'):
                seen_at = time.perf_counter() - start
                (found,) = predictor.predict(
                    frame, score_threshold=score_threshold, max_boxes=max_boxes
                )
                writer.add(found, frame, seen_at)
                counts.update(found.names)
                if window and not _shown(found, frame, name):
                    break
        except KeyboardInterrupt:  # the way to stop; what was found so far is kept
            pass
        num_frames = writer.num_frames
    return num_frames, counts


def _limited(capture: cv2.VideoCapture, max_frames: int | None) -> Iterator[np.ndarray]:
    for number, frame in enumerate(video_frames(capture), 1):
        yield frame
        if number == max_frames:
            return


def _shown(found: Any, frame: np.ndarray, name: str) -> bool:
    return show_picture(PredictionWriter.draw(found, frame), name, wait_for_key=False)
