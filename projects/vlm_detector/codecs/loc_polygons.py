"""Outlines as location tokens: Florence-2's answer to 'segment this'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vl_runtime.errors import InputValueError

_BINS = 1000
_LEAST_POINTS = 3
_PIECE = re.compile(r'<loc_(?P<bin>[0-9]+)>|(?P<open><poly>)|(?P<close></poly>)|(?P<sep><sep>)')
_STRICT = re.compile(r'(?:</?poly>|<sep>|<loc_[0-9]{1,3}>)+')

Outline = np.ndarray  # (m, 2) float64, x and y in pixels of the image


@dataclass(frozen=True)
class ParsedPolygons:
    """The outlines of one answer.

    Attributes:
        objects: n objects, each with one part or more, outlines (m, 2), m >= 3, in pixels of
            the image.
        spans: n pairs [start, end), the characters of each object.
        status: 'ok', 'recovered', 'fail' or 'empty_ok', as for ``ParsedBoxes``.
        truncated: generation hit its limit.
        counters: ``wrong_arity`` (parts with fewer than three points or half a point, dropped),
            ``clipped`` (coordinates over the largest).
    """

    objects: tuple[tuple[Outline, ...], ...]
    spans: tuple[tuple[int, int], ...]
    status: str
    truncated: bool
    counters: dict[str, int]


class LocPolygons:
    """``<loc_x><loc_y>...``, parts of one object joined by ``<sep>``.

    Several objects stand between ``<poly>`` and ``</poly>`` each; a single one needs no
    brackets. A coordinate is the thousandth that it lies in, read as its centre: error at most
    W/2000 pixels. No object is the empty text.
    """

    def encode(
        self, objects: Sequence[Sequence[Outline]], *, image_size_wh: tuple[int, int]
    ) -> str:
        """The answer about objects, each given by its parts; empty ones are left out."""
        written = [
            '<sep>'.join(_part(outline, image_size_wh) for outline in parts)
            for parts in objects
            if len(parts)
        ]
        if len(written) == 1:
            return written[0]
        return ''.join(f'<poly>{text}</poly>' for text in written)

    def decode(
        self, text: str, *, image_size_wh: tuple[int, int], truncated: bool = False
    ) -> ParsedPolygons:
        """The outlines of an answer; any text is accepted."""
        counters = {'wrong_arity': 0, 'clipped': 0}
        objects, spans = [], []
        for runs, span in _objects(text):
            parts = []
            for bins in runs:
                if len(bins) < 2 * _LEAST_POINTS or len(bins) % 2:
                    counters['wrong_arity'] += 1
                    bins = bins[: len(bins) // 2 * 2] if truncated else []
                if len(bins) >= 2 * _LEAST_POINTS:
                    counters['clipped'] += sum(value >= _BINS for value in bins)
                    parts.append(_outline(bins, image_size_wh))
            if parts:
                objects.append(tuple(parts))
                spans.append(span)
        return ParsedPolygons(
            tuple(objects), tuple(spans), _status(text, objects, counters), truncated, counters
        )


def writes_polygons(codec_name: str) -> bool:
    """Whether the models of a box codec write outlines too."""
    return codec_name == 'florence2'


def require_polygons(codec_name: str) -> LocPolygons:
    """The writer of outlines that goes with a box codec.

    Raises:
        InputValueError: its models write none.
    """
    if not writes_polygons(codec_name):
        raise InputValueError(
            f'segmentation: expected the codec florence2, whose models write outlines, found '
            f'{codec_name!r}; leave the task out.'
        )
    return LocPolygons()


def _part(outline: Outline, size_wh: tuple[int, int]) -> str:
    scaled = np.asarray(outline, np.float64) / np.array(size_wh, np.float64) * _BINS
    bins = np.clip(np.floor(scaled), 0, _BINS - 1).astype(np.int64)
    return ''.join(f'<loc_{x}><loc_{y}>' for x, y in bins.tolist())


def _outline(bins: Sequence[int], size_wh: tuple[int, int]) -> Outline:
    points = np.minimum(np.array(bins, np.float64), _BINS - 1).reshape(-1, 2)
    return (points + 0.5) / _BINS * np.array(size_wh, np.float64)


def _objects(text: str) -> list[tuple[list[list[int]], tuple[int, int]]]:
    """The runs of bins of each object, and its characters; what is no token is passed over."""
    objects: list[tuple[list[list[int]], tuple[int, int]]] = []
    runs: list[list[int]] = [[]]
    start = end = 0

    def close() -> None:
        nonlocal runs
        if any(runs):
            objects.append(([run for run in runs if run], (start, end)))
        runs = [[]]

    for piece in _PIECE.finditer(text):
        if piece['bin'] is not None:
            start = start if any(runs) else piece.start()
            end = piece.end()
            runs[-1].append(int(piece['bin']))
        elif piece['sep']:
            runs.append([])
        else:
            close()
    close()
    return objects


def _status(text: str, objects: Sequence, counters: dict[str, int]) -> str:
    if not text.strip():
        return 'empty_ok'
    if not objects:
        return 'fail'
    return 'recovered' if counters['wrong_arity'] or not _STRICT.fullmatch(text) else 'ok'
