"""A data set in CIRR's layout that draws itself: shapes, and changes that someone asks for.

A group (CIRR's ``img_set``) is a scene and five changes of it, one picture each, before the
same background. The scene is the reference of five queries, whose words are the changes. So the
words alone fit many pictures of the split and the reference alone fits five: who finds the
target has used both.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from composed_retrieval.demo.scenes import draw_scene, random_changes, random_scene, random_stage
from vl_runtime.atomic_files import write_json
from vl_runtime.demo.drawn_folder import drawn_folder
from vl_runtime.demo.shapes_data import PHRASES
from vl_runtime.errors import InputValueError
from vl_runtime.image_files import write_image

_GROUP = 6
_FOLDERS = {'train': 'train', 'val': 'dev', 'test1': 'test1'}
_TRAIN_FOLDERS = 100  # train/0 .. train/99


@dataclass(frozen=True)
class ComposedShapesSpec:
    """What is drawn; two equal specs give equal files.

    Attributes:
        num_train, num_val, num_test: groups a split; a group has 6 pictures and 5 queries.
            The queries of the test split (CIRR's ``test1``) come without targets.
        image_size: side of the square pictures, pixels.
        seed: of everything.
    """

    num_train: int = 400
    num_val: int = 60
    num_test: int = 10
    image_size: int = 96
    seed: int = 0

    def __post_init__(self) -> None:
        least = {'num_train': 1, 'num_val': 1, 'num_test': 1, 'image_size': 48, 'seed': 0}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise InputValueError(
                    f'{name}: expected at least {value}, found {getattr(self, name)}.'
                )


def make_composed_shapes(
    folder: str | Path, spec: ComposedShapesSpec = ComposedShapesSpec()
) -> Path:
    """Draw the data set into ``folder``, or keep it when it is there already.

    Writes CIRR's files (``cirr/captions``, ``cirr/image_splits``, ``train/0..99``, ``dev``,
    ``test1``); ``annotations/instances_SPLIT.json`` (COCO format) with the true boxes of what
    is drawn, by which generated boxes can be judged; and ``spec.json``.

    Returns:
        ``folder`` as a path.

    Raises:
        InputValueError: ``folder`` holds something else.
        InputPermissionError: it can't be written.
    """
    return drawn_folder(folder, asdict(spec), lambda place: _draw_all(place, spec))


def _draw_all(folder: Path, spec: ComposedShapesSpec) -> None:
    numbers = {'train': spec.num_train, 'val': spec.num_val, 'test1': spec.num_test}
    total = _GROUP * sum(numbers.values())
    with tqdm(total=total, desc='drawing shapes', unit='image', leave=False, disable=None) as bar:
        for index, (split, num_groups) in enumerate(numbers.items()):
            _Split(folder, split, spec).draw(index, num_groups, bar)


class _Split:
    """One split while it is drawn."""

    def __init__(self, folder: Path, split: str, spec: ComposedShapesSpec) -> None:
        self.folder = folder
        self.split = split
        self.spec = spec
        self.paths: dict[str, str] = {}
        self.captions: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def draw(self, split_number: int, num_groups: int, bar: tqdm) -> None:
        """Draw all groups, then write the files that list them."""
        for group in range(num_groups):
            self._draw_group(group, np.random.default_rng([self.spec.seed, split_number, group]))
            bar.update(_GROUP)
        cirr = self.folder / 'cirr'
        write_json(cirr / f'image_splits/split.rc2.{self.split}.json', self.paths)
        write_json(cirr / f'captions/cap.rc2.{self.split}.json', self.captions)
        categories = [dict(id=index + 1, name=phrase) for index, phrase in enumerate(PHRASES)]
        write_json(
            self.folder / f'annotations/instances_{self.split}.json',
            dict(images=self.images, annotations=self.annotations, categories=categories),
        )

    def _draw_group(self, group: int, rng: np.random.Generator) -> None:
        stage, scene = random_stage(rng, self.spec.image_size), random_scene(rng)
        changes = random_changes(rng, scene, _GROUP - 1)
        scenes = [scene, *(change.result for change in changes)]
        # Where the reference stands in the group says nothing.
        order = rng.permutation(_GROUP)
        members = [f'{_FOLDERS[self.split]}-{group}-{i // 2}-img{i % 2}' for i in range(_GROUP)]
        names = [members[position] for position in order]
        for name, one in zip(names, scenes, strict=True):
            self._write_picture(name, group, *draw_scene(rng, stage, one))
        for name, change in zip(names[1:], changes, strict=True):
            entry = {
                'pairid': len(self.captions),
                'reference': names[0],
                'caption': change.words,
                'img_set': {'id': group, 'members': members, 'reference_rank': int(order[0])},
            }
            if self.split != 'test1':
                entry |= {'target_hard': name, 'target_soft': {name: 1.0}}
                entry['img_set']['target_rank'] = members.index(name)
            self.captions.append(entry)

    def _write_picture(self, name: str, group: int, picture: np.ndarray, objects: list) -> None:
        place = _FOLDERS[self.split]
        if self.split == 'train':
            place += f'/{group % _TRAIN_FOLDERS}'
        self.paths[name] = f'./{place}/{name}.png'
        write_image(self.folder / place / f'{name}.png', picture)
        size = self.spec.image_size
        image = dict(id=len(self.images) + 1, file_name=f'{place}/{name}.png')
        self.images.append(image | dict(width=size, height=size))
        for phrase, (x, y, width, height) in objects:
            self.annotations.append(
                dict(
                    id=len(self.annotations) + 1,
                    image_id=image['id'],
                    category_id=PHRASES.index(phrase) + 1,
                    bbox=[x, y, width, height],
                    area=width * height,
                    iscrowd=0,
                )
            )
