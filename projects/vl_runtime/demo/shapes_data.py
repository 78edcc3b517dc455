"""Coloured shapes on textured backgrounds: a seeded detection data set that draws itself.

Every object is one of 4 colours x 4 shapes, so a phrase ("red star") is a pair of
words. Four pairs, one of each colour and each shape, never occur in the training
split: neither as an object nor as a text. Whoever finds them afterwards has
understood the two words, not learnt a class.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from vl_runtime.atomic_files import write_json
from vl_runtime.demo.drawn_folder import drawn_folder
from vl_runtime.demo.shape_drawing import (
    COLOURS_BGR,
    SHAPES,
    background,
    covered,
    filled,
    mask_box,
    shade,
    shape_outline,
    smooth_noise,
    stripes,
)
from vl_runtime.errors import InputValueError
from vl_runtime.image_files import write_image

PHRASES = tuple(f'{colour} {shape}' for colour, shape in itertools.product(COLOURS_BGR, SHAPES))
UNTAUGHT_PHRASES = ('red star', 'green triangle', 'blue square', 'yellow circle')
TAUGHT_PHRASES = tuple(phrase for phrase in PHRASES if phrase not in UNTAUGHT_PHRASES)
# Neither their colours nor their shapes occur in PHRASES: a target for fine-tuning.
TARGET_PHRASES = ('purple cross', 'white hexagon', 'brown crescent')
_TARGET_COLOURS_BGR = {'purple': (170, 40, 130), 'white': (240, 240, 240), 'brown': (30, 65, 110)}

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
    return drawn_folder(folder, asdict(spec), lambda place: _draw_all(place, spec))


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
    canvas = background(rng, size).astype(np.float32)
    placed: list[tuple[str, np.ndarray, np.ndarray]] = []
    for _ in range(rng.integers(1, max_objects + 1)):
        phrase = phrases[rng.integers(len(phrases))]
        for _attempt in range(20):
            mask, outline = _shape_mask(rng, phrase.split()[1], size)
            if all(covered(mask, other) <= _MAX_COVERED for _, other, _ in placed):
                colour = shade(rng, (COLOURS_BGR | _TARGET_COLOURS_BGR)[phrase.split()[0]])
                light = 1 + 0.15 * smooth_noise(rng, size, 3)
                if phrase in TARGET_PHRASES:
                    light *= stripes(rng, size)
                canvas += mask[..., None] * (colour * light[..., None] - canvas)
                placed.append((phrase, mask, outline))
                break
    noisy = canvas + rng.normal(0, 4, canvas.shape)
    picture = np.clip(noisy, 0, 255).astype(np.uint8)
    return picture, [(phrase, mask_box(mask), outline) for phrase, mask, outline in placed]


def _shape_mask(rng: np.random.Generator, shape: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Coverage 0..1 of every pixel, float32 ``(size, size)``, and the corners (N, 2), pixels."""
    radius = rng.uniform(0.085, 0.21) * size
    centre = rng.uniform(radius, size - radius, 2)
    points = shape_outline(shape, rng.uniform(0, 2 * np.pi)) * radius + centre
    return filled(points, size), points
