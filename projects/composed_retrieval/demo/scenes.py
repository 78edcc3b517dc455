"""Scenes of coloured shapes, and changes to them that can be said in a few words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vl_runtime.demo.shape_drawing import (
    COLOURS_BGR,
    SHAPES,
    background,
    filled,
    mask_box,
    shade,
    shape_outline,
    smooth_noise,
)

KINDS = ('recolour', 'reshape', 'add', 'remove', 'resize')
_RADII = (0.10, 0.15)  # of an object that nobody has resized; shares of the picture's side
_BIGGER, _SMALLER = 1.5, 0.62
# A place in each quarter of the picture, so that objects hardly touch even when made bigger.
_QUARTERS = np.array([(0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)])
_NUM_PLACES = len(_QUARTERS)
_SCATTER = 0.07
_SHIFT, _TURN = 0.02, 0.25  # objects of two pictures of a scene differ by up to this


@dataclass(frozen=True)
class SceneObject:
    """One shape; in a scene every shape is there once, so that its name says which it is.

    Attributes:
        colour, shape: the two words of its phrase.
        place: which of the scene's places it stands at.
        size: factor on the radius of the place.
    """

    colour: str
    shape: str
    place: int
    size: float = 1.0

    @property
    def phrase(self) -> str:
        """For example ``red star``."""
        return f'{self.colour} {self.shape}'


Scene = tuple[SceneObject, ...]


@dataclass(frozen=True)
class Change:
    """What makes another scene of a scene.

    Attributes:
        kind: one of ``KINDS``.
        words: how a person says it.
        result: the scene afterwards.
    """

    kind: str
    words: str
    result: Scene


def random_scene(rng: np.random.Generator) -> Scene:
    """One to three different shapes."""
    number = int(rng.integers(1, 4))
    shapes = rng.permutation(SHAPES)[:number]
    places = rng.permutation(_NUM_PLACES)[:number]
    colours = rng.choice(list(COLOURS_BGR), number)
    return tuple(
        SceneObject(str(colour), str(shape), int(place))
        for colour, shape, place in zip(colours, shapes, places, strict=True)
    )


def random_changes(rng: np.random.Generator, scene: Scene, number: int) -> list[Change]:
    """``number`` changes with different words and results, of as many kinds as there are.

    The colour of a shape that is added is left unsaid half of the time.
    """
    of_kind: dict[str, list[Change]] = {kind: [] for kind in rng.permutation(KINDS)}
    for change in _changes(scene):
        of_kind[change.kind].append(change)
    for changes in of_kind.values():
        rng.shuffle(changes)
    rounds = itertools.zip_longest(*of_kind.values())
    chosen = [change for turn in rounds for change in turn if change is not None][:number]
    return [_shortened(change, chosen) if rng.random() < 0.5 else change for change in chosen]


def _shortened(change: Change, chosen: Sequence[Change]) -> Change:
    """``add a star``, unless another change adds a star of another colour."""
    shape = change.words.split()[-1]
    alike = [other for other in chosen if other.kind == 'add' and other.words.endswith(shape)]
    return replace(change, words=f'add a {shape}') if alike == [change] else change


def _changes(scene: Scene) -> Iterator[Change]:
    taken = {one.shape for one in scene}
    free = [shape for shape in SHAPES if shape not in taken]
    for one in scene:
        name = 'it' if len(scene) == 1 else f'the {one.shape}'
        for colour in COLOURS_BGR:
            if colour != one.colour:
                other = replace(one, colour=colour)
                yield Change('recolour', f'make {name} {colour}', _with(scene, one, other))
        for shape in free:
            other = replace(one, shape=shape)
            yield Change('reshape', f'turn {name} into a {shape}', _with(scene, one, other))
        for word, size in (('bigger', _BIGGER), ('smaller', _SMALLER)):
            other = replace(one, size=size)
            yield Change('resize', f'make {name} {word}', _with(scene, one, other))
        if len(scene) > 1:
            rest = tuple(other for other in scene if other is not one)
            yield Change('remove', f'remove {name}', rest)
    place = next(p for p in range(_NUM_PLACES) if p not in {one.place for one in scene})
    for shape in free:
        for colour in COLOURS_BGR:
            added = SceneObject(colour, shape, place)
            yield Change('add', f'add a {colour} {shape}', (*scene, added))


def _with(scene: Scene, one: SceneObject, other: SceneObject) -> Scene:
    return tuple(other if item is one else item for item in scene)


@dataclass(frozen=True)
class Stage:
    """Where the scenes of a group stand: background and places, the same in all its pictures.

    Attributes:
        picture: background (size, size, 3), BGR 0..255.
        centres: (4, 2), x and y as shares of the side.
        radii: (4,), shares of the side.
        turns: (4,), radians.
    """

    picture: np.ndarray
    centres: np.ndarray
    radii: np.ndarray
    turns: np.ndarray


def random_stage(rng: np.random.Generator, size: int) -> Stage:
    """A background with four places that lie apart."""
    picture = background(rng, size).astype(np.float32)
    centres = _QUARTERS + rng.uniform(-_SCATTER, _SCATTER, _QUARTERS.shape)
    radii = rng.uniform(*_RADII, _NUM_PLACES)
    return Stage(picture, centres, radii, rng.uniform(0, 2 * np.pi, _NUM_PLACES))


def draw_scene(
    rng: np.random.Generator, stage: Stage, scene: Scene
) -> tuple[np.ndarray, list[tuple[str, tuple[int, int, int, int]]]]:
    """A picture of a scene; light, noise, and where exactly objects stand come from ``rng``.

    Returns:
        The picture (BGR uint8) and its objects as (phrase, box ``(x, y, width, height)``).
    """
    size = len(stage.picture)
    canvas = stage.picture * rng.uniform(0.92, 1.08)
    objects = []
    for one in scene:
        centre = stage.centres[one.place] + rng.uniform(-_SHIFT, _SHIFT, 2)
        turn = stage.turns[one.place] + rng.uniform(-_TURN, _TURN)
        radius = stage.radii[one.place] * one.size
        mask = filled((shape_outline(one.shape, turn) * radius + centre) * size, size)
        light = 1 + 0.15 * smooth_noise(rng, size, 3)
        colour = shade(rng, COLOURS_BGR[one.colour])
        canvas = canvas + mask[..., None] * (colour * light[..., None] - canvas)
        objects.append((one.phrase, mask_box(mask)))
    noisy = canvas + rng.normal(0, 4, canvas.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), objects
