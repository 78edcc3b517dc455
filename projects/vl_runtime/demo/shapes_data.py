"""Coloured shapes on textured backgrounds: a seeded detection data set that draws itself.

Every object is one of 4 colours x 4 shapes, so a phrase ("red star") is a pair of
words. Four pairs, one of each colour and each shape, never occur in the training
split: neither as an object nor as a text. Whoever finds them afterwards has
understood the two words, not learnt a class.
"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputPermissionError, InputValueError, UserInputError
from vl_runtime.image_files import write_image

COLOURS_BGR = {
    'red': (40, 40, 215),
    'green': (60, 170, 50),
    'blue': (215, 90, 35),
    'yellow': (40, 210, 235),
}
SHAPES = ('circle', 'square', 'triangle', 'star')
PHRASES = tuple(f'{colour} {shape}' for colour, shape in itertools.product(COLOURS_BGR, SHAPES))
UNTAUGHT_PHRASES = ('red star', 'green triangle', 'blue square', 'yellow circle')
TAUGHT_PHRASES = tuple(phrase for phrase in PHRASES if phrase not in UNTAUGHT_PHRASES)
# Neither their colours nor their shapes occur in PHRASES: a target for fine-tuning.
TARGET_PHRASES = ('purple cross', 'white hexagon', 'brown crescent')
_TARGET_COLOURS_BGR = {'purple': (170, 40, 130), 'white': (240, 240, 240), 'brown': (30, 65, 110)}

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
_MAX_COVERED = 0.4  # an object may be covered by later ones up to this part of its area


@dataclass(frozen=True)
class ShapesSpec:
    """What is drawn; two equal specs give equal files.

    Attributes:
        num_train, num_val, num_test: images a split. ``train`` and ``val`` hold taught
            phrases only, ``test`` holds all of them.
        image_size: side of the square images, pixels.
        max_objects: 1 to this many objects an image.
        seed: of everything.
        target: draw ``TARGET_PHRASES`` in all splits instead, with stripes across them.
        polygons: write the outline of every object, for segmentation; the pictures stay.
    """

    num_train: int = 600
    num_val: int = 60
    num_test: int = 200
    image_size: int = 160
    max_objects: int = 4
    seed: int = 0
    target: bool = False
    polygons: bool = False

    def __post_init__(self) -> None:
        least = {'num_train': 0, 'num_val': 0, 'num_test': 0, 'image_size': 32, 'max_objects': 1}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise InputValueError(
                    f'{name}: expected at least {value}, found {getattr(self, name)}.'
                )
        if self.seed < 0:
            raise InputValueError(f'seed: expected 0 or more, found {self.seed}.')


def make_shapes_dataset(folder: str | Path, spec: ShapesSpec = ShapesSpec()) -> Path:
    """Draw the data set into ``folder``, or keep it when it is there already.

    Writes ``images/<split>/*.jpg``, ``annotations/instances_<split>.json`` (COCO format, one
    category a phrase) and ``spec.json``, which marks a complete set.

    Returns:
        ``folder`` as a path.

    Raises:
        InputValueError: ``folder`` holds something else.
        InputPermissionError: it can't be written.
    """
    folder = Path(folder)
    marker = folder / 'spec.json'
    if marker.exists() and json.loads(marker.read_text()) == asdict(spec):
        return folder
    if folder.exists() and not marker.exists() and (folder.is_file() or any(folder.iterdir())):
        raise InputValueError(
            f'{folder}: expected a new or empty folder, or shapes drawn earlier, found something '
            'else, which would be lost; choose another folder.'
        )
    # Drawn beside it and moved into place: who stops half-way has lost nothing.
    unfinished = folder.with_name(f'.{folder.name}.unfinished')
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _draw_all(unfinished, spec)
        write_json(unfinished / 'spec.json', asdict(spec))
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    except OSError as error:
        if isinstance(error, UserInputError):
            raise
        raise InputPermissionError(
            f'{folder}: cannot write there ({error.strerror}); choose another folder.'
        ) from error
    return folder


def _draw_all(folder: Path, spec: ShapesSpec) -> None:
    splits = {
        'train': (spec.num_train, TARGET_PHRASES if spec.target else TAUGHT_PHRASES),
        'val': (spec.num_val, TARGET_PHRASES if spec.target else TAUGHT_PHRASES),
        'test': (spec.num_test, TARGET_PHRASES if spec.target else PHRASES),
    }
    total = sum(count for count, _ in splits.values())
    with tqdm(total=total, desc='drawing shapes', unit='image', leave=False, disable=None) as bar:
        for number, (split, (count, phrases)) in enumerate(splits.items()):
            _draw_split(folder, split, number, count, phrases, spec, bar)


def _draw_split(
    folder: Path,
    split: str,
    number: int,
    count: int,
    phrases: tuple[str, ...],
    spec: ShapesSpec,
    bar: tqdm,
) -> None:
    (folder / 'images' / split).mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for index in range(count):
        rng = np.random.default_rng([spec.seed, number, index])
        picture, objects = draw_image(rng, phrases, spec.image_size, spec.max_objects)
        name = f'images/{split}/{index:05d}.jpg'
        write_image(folder / name, picture)
        images.append(
            dict(id=index + 1, file_name=name, width=spec.image_size, height=spec.image_size)
        )
        for phrase, (x, y, width, height), outline in objects:
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=index + 1,
                    category_id=phrases.index(phrase) + 1,
                    bbox=[x, y, width, height],
                    area=width * height,
                    iscrowd=0,
                )
            )
            if spec.polygons:
                annotations[-1]['segmentation'] = [outline.round(2).ravel().tolist()]
        bar.update()
    categories = [dict(id=index + 1, name=phrase) for index, phrase in enumerate(phrases)]
    write_json(
        folder / 'annotations' / f'instances_{split}.json',
        dict(images=images, annotations=annotations, categories=categories),
    )


def draw_image(
    rng: np.random.Generator, phrases: tuple[str, ...], size: int, max_objects: int
) -> tuple[np.ndarray, list[tuple[str, tuple[int, int, int, int], np.ndarray]]]:
    """One picture with 1 to ``max_objects`` objects.

    Returns:
        The picture (BGR uint8, ``(size, size, 3)``) and its objects as (phrase, box, outline):
        box ``(x, y, width, height)`` in pixels around the whole shape, covered or not, and the
        shape's corners (N, 2), x and y in pixels.
    """
    canvas = _background(rng, size).astype(np.float32)
    placed: list[tuple[str, np.ndarray, np.ndarray]] = []
    for _ in range(rng.integers(1, max_objects + 1)):
        phrase = phrases[rng.integers(len(phrases))]
        for _attempt in range(20):
            mask, outline = _shape_mask(rng, phrase.split()[1], size)
            if all(_covered(mask, other) <= _MAX_COVERED for _, other, _ in placed):
                colour = _shade(rng, (COLOURS_BGR | _TARGET_COLOURS_BGR)[phrase.split()[0]])
                light = 1 + 0.15 * _smooth_noise(rng, size, 3)
                if phrase in TARGET_PHRASES:
                    light *= _stripes(rng, size)
                canvas += mask[..., None] * (colour * light[..., None] - canvas)
                placed.append((phrase, mask, outline))
                break
    noisy = canvas + rng.normal(0, 4, canvas.shape)
    picture = np.clip(noisy, 0, 255).astype(np.uint8)
    return picture, [(phrase, _mask_box(mask), outline) for phrase, mask, outline in placed]


def _covered(upper: np.ndarray, lower: np.ndarray) -> float:
    """The larger part that one mask hides of the other's area, 0..1."""
    common = np.minimum(upper, lower).sum()
    return float(common / min(upper.sum(), lower.sum()))


def _mask_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask.max(1) > 0.5)[0], np.nonzero(mask.max(0) > 0.5)[0]
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def _shape_mask(rng: np.random.Generator, shape: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Coverage 0..1 of every pixel, float32 ``(size, size)``, and the corners (N, 2), pixels."""
    radius = rng.uniform(0.085, 0.21) * size
    centre = rng.uniform(radius, size - radius, 2)
    big = np.zeros((size * _OVERSAMPLE,) * 2, np.uint8)
    points = _outline(shape, rng.uniform(0, 2 * np.pi)) * radius + centre
    cv2.fillPoly(big, [np.round(points * _OVERSAMPLE).astype(np.int32)], 255)
    mask = cv2.resize(big, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return mask, points


def _outline(shape: str, turn: float) -> np.ndarray:
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


def _stripes(rng: np.random.Generator, size: int) -> np.ndarray:
    """Light and dark bands, factors of 0.55 to 1, ``(size, size)``."""
    rows, columns = np.mgrid[:size, :size]
    angle, period = rng.uniform(0, np.pi), rng.uniform(5, 9)
    wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
    return 1 - 0.45 * (wave > 0)


def _shade(rng: np.random.Generator, colour: tuple[int, int, int]) -> np.ndarray:
    return np.clip(np.array(colour) * rng.uniform(0.75, 1.1) + rng.normal(0, 8, 3), 0, 255)


def _smooth_noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Soft noise in about -1..1, ``cells`` bumps along each side."""
    coarse = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)


def _background(rng: np.random.Generator, size: int) -> np.ndarray:
    """Muted colours with soft clouds and, half of the time, stripes or a checkerboard."""
    base = rng.uniform(70, 190) + rng.normal(0, 14, 3)
    picture = np.full((size, size, 3), base, np.float32)
    for cells, strength in ((2, 25), (6, 15), (24, 10)):
        picture += strength * _smooth_noise(rng, size, cells)[..., None]
    rows, columns = np.mgrid[:size, :size]
    pattern, period = rng.integers(4), rng.integers(8, 28)
    if pattern == 0:
        angle = rng.uniform(0, np.pi)
        stripes = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
        picture += rng.uniform(6, 20) * stripes[..., None]
    elif pattern == 1:
        picture += (
            rng.uniform(4, 14) * ((rows // period + columns // period) % 2 * 2 - 1)[..., None]
        )
    return np.clip(picture, 0, 255)
