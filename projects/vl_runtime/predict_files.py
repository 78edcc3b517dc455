"""Predict files, folders and videos, and write what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vl_runtime.errors import InputPermissionError, InputValueError, UserInputError
from vl_runtime.frame_writer import frame_writer
from vl_runtime.image_files import is_video, list_images, open_video, read_image, video_frames
from vl_runtime.inference import Predictor
from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter

_Progress = Callable[..., Iterable[Any]]


def predict_files(
    predictor: Predictor,
    inputs: Sequence[str | Path],
    out_dir: str | Path,
    *,
    texts: Sequence[str] | None = None,
    score_threshold: float = 0.3,
    max_boxes: int = 100,
    batch_size: int = 8,
    background: bool | None = None,
    pictures: bool = True,
    yolo_labels: bool = False,
    recursive: bool = False,
    show: Callable[[np.ndarray, str], None] | None = None,
    info: dict[str, Any] | None = None,
    progress: _Progress = lambda items, **_: items,
) -> tuple[PredictionWriter, float]:
    """Predict everything in ``inputs``; a file that can't be read is noted, the rest goes on.

    Args:
        inputs: image files, folders of images, videos.
        out_dir: receives ``predictions.json`` (see ``PredictionWriter``) and ``pictures/``:
            a picture for each image, an MP4 for each video; for a video ``frames/`` too, with
            a line of JSON for each frame (see ``FrameWriter``).
        yolo_labels: write the boxes of images as YOLO label files too.
        show: called as ``show(picture with boxes, path)`` for each image.
        info: what the JSON tells about the run.
        progress: called as ``progress(items, total=number, unit=name)``: a progress bar.
        texts, score_threshold, max_boxes, batch_size, background: as in
            ``Predictor.stream``.

    Returns:
        The writer, with the counts; and the best score of all boxes, shown or not.

    Raises:
        InputFileNotFoundError, InputValueError: an input does not exist, or the arguments
            can't be used.
        InputPermissionError: ``out_dir`` can't be written; noticed before anything runs.
    """
    predictor.check_arguments(score_threshold, max_boxes, batch_size)
    _check_writable(Path(out_dir))
    videos = [path for path in map(Path, inputs) if path.is_file() and is_video(path)]
    images = [
        (path, given)
        for given in map(Path, inputs)
        if given not in videos
        for path in list_images(given, recursive=recursive)
    ]
    looked_for = list(predictor.texts if texts is None else texts)
    settings = {'texts': looked_for, 'score_threshold': score_threshold, 'max_boxes': max_boxes}
    writer = PredictionWriter(
        out_dir, {**(info or {}), **settings}, pictures=pictures, yolo_labels=yolo_labels
    )
    finder = _Finder(
        predictor,
        texts,
        score_threshold=score_threshold,
        max_boxes=max_boxes,
        batch_size=batch_size,
        background=background,
    )
    found = finder(_readable(images, writer, predictor))
    bar = progress(found, total=len(images), unit='image') if images else []
    for (path, given), image, prediction in bar:
        writer.add_image(prediction, image, _relative_name(path, given), str(path))
        if show is not None:
            show(writer.draw(prediction, image), str(path))
    for path in videos:
        try:
            _predict_video(path, writer, finder, pictures, progress)
        except InputValueError as error:
            writer.leave_out(str(path), str(error))
    writer.finish(looked_for)
    return writer, finder.best_score


class _Finder:
    """Runs pictures through the predictor in batches and remembers the best score."""

    def __init__(self, predictor: Predictor, texts: Sequence[str] | None, **options: Any) -> None:
        self.best_score = 0.0
        self._predictor = predictor
        self._texts = texts
        self._options = options

    def __call__(
        self, pairs: Iterable[tuple[Any, np.ndarray]]
    ) -> Iterator[tuple[Any, np.ndarray, Prediction]]:
        """(key, image, prediction) of (key, image)."""
        for batch in _batches(pairs, self._options['batch_size']):
            predictions = self._predictor.predict(
                [image for _, image in batch], self._texts, **self._options
            )
            for (key, image), prediction in zip(batch, predictions, strict=True):
                self.best_score = max(self.best_score, prediction.best_score)
                yield key, image, prediction


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputPermissionError(
            f'{folder}: cannot be made ({error.strerror}); choose another --out-dir.'
        ) from error
    if not os.access(folder, os.W_OK):
        raise InputPermissionError(f'{folder}: cannot write here; choose another --out-dir.')


def _relative_name(path: Path, given: Path) -> str:
    return path.relative_to(given).as_posix() if path != given else path.name


def _readable(
    paths: Iterable[tuple[Path, Path]], writer: PredictionWriter, predictor: Predictor
) -> Iterator[tuple]:
    for path, given in paths:
        try:
            image = read_image(path)
            predictor.require_usable(str(path), image)
        except UserInputError as error:
            writer.leave_out(str(path), str(error))
            continue
        yield (path, given), image


def _batches(pairs: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _predict_video(
    path: Path, writer: PredictionWriter, finder: _Finder, pictures: bool, progress: _Progress
) -> None:
    """Boxes of every frame, and a video with them; both are there whole or not at all."""
    capture = open_video(path)
    try:
        number = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        frames = progress(
            enumerate(video_frames(capture)), total=number if number > 0 else None, unit='frame'
        )
        video = writer.picture_path(path.name, '.mp4') if pictures else None
        rate = capture.get(cv2.CAP_PROP_FPS)
        with frame_writer(writer.frame_path(path.name), video, rate) as files:
            for frame, image, prediction in finder(frames):
                writer.add_frame(prediction, path.name, str(path), frame)
                files.add(prediction, image)
            if not files.num_frames:
                raise InputValueError(f'{path}: expected a video, found no frame in it.')
    finally:
        capture.release()
