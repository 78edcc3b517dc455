"""Predict files, folders and videos, and write what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputPermissionError, InputValueError, UserInputError
from vl_runtime.image_files import is_video, list_images, open_video, read_image, video_frames
from vl_runtime.inference import Predictor
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.vocabulary import Vocabulary

_Progress = Callable[..., Iterable[Any]]


def read_texts(values: Sequence[str] | None) -> list[str] | None:
    """Texts of the command line: as they are, or from one ``.txt`` or ``.json`` file.

    A text file holds one text on a line; a JSON file is a list of texts, or of lists of
    synonyms, of which the first is used.

    Raises:
        InputFileNotFoundError, InputValueError: the file can't be used, a text is blank or
            there twice.
    """
    if not values:
        return None
    if len(values) > 1 or Path(values[0]).suffix not in ('.txt', '.json'):
        return list(Vocabulary.from_names(list(values), source='--texts').names)
    path = Path(values[0])
    if path.suffix == '.json':
        return list(Vocabulary.from_json(path).names)
    list_images([path])  # names a file that is not there
    lines = [line.strip() for line in path.read_text(encoding='utf-8-sig').rstrip().splitlines()]
    return list(Vocabulary.from_names(lines, source=str(path)).names)


def predict_files(
    predictor: Predictor,
    inputs: Sequence[str | Path],
    out_dir: str | Path,
    *,
    texts: Sequence[str] | None = None,
    score_threshold: float = 0.3,
    max_boxes: int = 100,
    batch_size: int = 8,
    background: bool = False,
    pictures: bool = True,
    recursive: bool = False,
    info: dict[str, Any] | None = None,
    progress: _Progress = lambda items, **_: items,
) -> tuple[PredictionWriter, float]:
    """Predict everything in ``inputs``; a file that can't be read is noted, the rest goes on.

    Args:
        inputs: image files, folders of images, videos.
        out_dir: receives ``predictions.json`` (see ``PredictionWriter``) and ``pictures/``:
            a picture for each image, an MP4 for each video.
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
    looked_for = list(predictor.recipe_texts if texts is None else texts)
    settings = {'texts': looked_for, 'score_threshold': score_threshold, 'max_boxes': max_boxes}
    writer = PredictionWriter(out_dir, {**(info or {}), **settings}, pictures=pictures)
    best = [0.0]

    def found(pairs: Iterable[tuple[Any, np.ndarray]]) -> Iterator[tuple[Any, np.ndarray, Any]]:
        """(key, image, prediction) of (key, image), batch by batch."""
        for batch in _batches(pairs, batch_size):
            predictions = predictor.predict(
                [image for _, image in batch],
                texts,
                score_threshold=0.0,
                max_boxes=max_boxes,
                batch_size=batch_size,
                background=background,
            )
            for (key, image), prediction in zip(batch, predictions, strict=True):
                best[0] = max([best[0], *prediction.scores[:1].tolist()])
                yield key, image, prediction.above(score_threshold)

    bar = progress(images, total=len(images), unit='image') if images else []
    for (path, given), image, prediction in found(_readable(bar, writer, predictor)):
        writer.add_image(prediction, image, _relative_name(path, given), str(path))
    for path in videos:
        try:
            _predict_video(path, writer, found, pictures, progress)
        except InputValueError as error:
            writer.leave_out(str(path), str(error))
    writer.finish(looked_for)
    return writer, best[0]


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


def _predict_video(path: Path, writer: PredictionWriter, found, pictures: bool, progress) -> None:
    """Boxes of every frame, and a video with them; the video is there whole or not at all."""
    capture = open_video(path)
    try:
        number = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        frames = progress(
            enumerate(video_frames(capture)), total=number if number > 0 else None, unit='frame'
        )
        if not pictures:
            for frame, _, prediction in found(frames):
                writer.add_frame(prediction, path.name, str(path), frame)
            return
        with atomic_path(writer.picture_path(path.name, '.mp4')) as temporary:
            _draw_video(temporary, capture, path, writer, found(frames))
    finally:
        capture.release()


def _draw_video(temporary: Path, capture, path: Path, writer: PredictionWriter, results) -> None:
    rate = capture.get(cv2.CAP_PROP_FPS)
    video = None
    try:
        for frame, image, prediction in results:
            writer.add_frame(prediction, path.name, str(path), frame)
            picture = writer.draw(prediction, image)
            if video is None:
                size_wh = picture.shape[1::-1]
                code = cv2.VideoWriter_fourcc(*'mp4v')
                video = cv2.VideoWriter(str(temporary), code, rate if rate > 0 else 25.0, size_wh)
            video.write(picture)
    finally:
        if video is not None:
            video.release()
    if video is None:
        raise InputValueError(f'{path}: expected a video, found no frame in it.')
