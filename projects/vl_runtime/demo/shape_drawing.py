"""Coloured shapes and their backgrounds, one drawing step at a time."""

from __future__ import annotations

import cv2
import numpy as np

COLOURS_BGR = {
    'red': (40, 40, 215),
    'green': (60, 170, 50),
    'blue': (215, 90, 35),
    'yellow': (40, 210, 235),
}
SHAPES = ('circle', 'square', 'triangle', 'star')

_ARM = 0.38  # half the width of a cross's arms
_REACH = (1 - _ARM**2) ** 0.5
_CROSS = np.array(
    [
        *[(_ARM, _ARM), (_ARM, _REACH), (-_ARM, _REACH), (-_ARM, _ARM), (-_REACH, _ARM)],
        *[(-_REACH, -_ARM), (-_ARM, -_ARM), (-_ARM, -_REACH), (_ARM, -_REACH), (_ARM, -_ARM)],
        *[(_REACH, -_ARM), (_REACH, _ARM)],
    ]
)
_OVERSAMPLE = 4  # shapes are drawn 4 times larger and shrunk, for smooth edges


def filled(points: np.ndarray, size: int) -> np.ndarray:
    """Coverage 0..1 of every pixel by a polygon, float32 ``(size, size)``.

    Args:
        points: corners (N, 2), x and y in pixels.
    """
    big = np.zeros((size * _OVERSAMPLE,) * 2, np.uint8)
    cv2.fillPoly(big, [np.round(points * _OVERSAMPLE).astype(np.int32)], 255)
    return cv2.resize(big, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def covered(upper: np.ndarray, lower: np.ndarray) -> float:
    """The larger part that one mask hides of the other's area, 0..1."""
    common = np.minimum(upper, lower).sum()
    return float(common / min(upper.sum(), lower.sum()))


def mask_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """The box (x, y, width, height) around what is covered by more than half, pixels."""
    rows, columns = np.nonzero(mask.max(1) > 0.5)[0], np.nonzero(mask.max(0) > 0.5)[0]
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def shape_outline(shape: str, turn: float) -> np.ndarray:
    """Corner points (x, y) of a shape of radius 1, turned by ``turn`` radians."""
    if shape == 'cross':
        return _turned(_CROSS, turn)
    if shape == 'crescent':
        return _turned(_crescent(), turn)
    corners = {'circle': 48, 'square': 4, 'triangle': 3, 'star': 10, 'hexagon': 6}[shape]
    angles = turn + np.arange(corners) * 2 * np.pi / corners
    radii = np.ones(corners)
    if shape == 'star':
        radii[1::2] = 0.42
    return np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None]


def _turned(points: np.ndarray, turn: float) -> np.ndarray:
    cosine, sine = np.cos(turn), np.sin(turn)
    return points @ np.array([[cosine, sine], [-sine, cosine]])


def _crescent() -> np.ndarray:
    """Half a circle whose straight side is bent inwards."""
    outer = np.linspace(-0.6 * np.pi, 0.6 * np.pi, 24)
    inner = outer[::-1]
    depth = np.cos(outer[0]) + 0.75 * (np.cos(inner) - np.cos(outer[0])) / (1 - np.cos(outer[0]))
    return np.stack([np.r_[np.cos(outer), depth], np.r_[np.sin(outer), np.sin(inner)]], 1)


def stripes(rng: np.random.Generator, size: int) -> np.ndarray:
    """Light and dark bands, factors of 0.55 to 1, ``(size, size)``."""
    rows, columns = np.mgrid[:size, :size]
    angle, period = rng.uniform(0, np.pi), rng.uniform(5, 9)
    wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
    return 1 - 0.45 * (wave > 0)


def shade(rng: np.random.Generator, colour: tuple[int, int, int]) -> np.ndarray:
    """A colour (BGR, 0..255) somewhat lighter or darker, ``(3,)``."""
    return np.clip(np.array(colour) * rng.uniform(0.75, 1.1) + rng.normal(0, 8, 3), 0, 255)


def smooth_noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Soft noise in about -1..1, ``cells`` bumps along each side."""
    coarse = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """Muted colours with soft clouds and, half of the time, stripes or a checkerboard."""
    base = rng.uniform(70, 190) + rng.normal(0, 14, 3)
    picture = np.full((size, size, 3), base, np.float32)
    for cells, strength in ((2, 25), (6, 15), (24, 10)):
        picture += strength * smooth_noise(rng, size, cells)[..., None]
    rows, columns = np.mgrid[:size, :size]
    pattern, period = rng.integers(4), rng.integers(8, 28)
    if pattern == 0:
        angle = rng.uniform(0, np.pi)
        wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
        picture += rng.uniform(6, 20) * wave[..., None]
    elif pattern == 1:
        picture += (
            rng.uniform(4, 14) * ((rows // period + columns // period) % 2 * 2 - 1)[..., None]
        )
    return np.clip(picture, 0, 255)
