"""One annotation file as a data set reads it: entries, image folders, texts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

DETECTION, CAPTION, TOKENS = 'detection', 'caption', 'tokens'
_COCO_HOST = 'http://images.cocodataset.org/'


@dataclass
class AnnotationSet:
    """What the checks look at; ``images`` and ``annotations`` hold usable entries only.

    Attributes:
        name: ``train``, ``val``, ``test``, with ``[i]`` for parts of a joined data set.
        ann_file: the annotation file.
        kind: ``'detection'`` (COCO, LVIS), ``'caption'`` (spans of a caption) or
            ``'tokens'`` (a name in each annotation).
        image_folders: where images are looked for, in this order.
        image_key: ``file_name``, or ``coco_url`` (LVIS).
        classes: classes that the recipe chose, or None for all of the file.
        class_text_path: file of class texts, or None.
        sorted_by_id: labels follow the category ids, not the order of the file.
        content: the JSON as it was read.
        images, annotations, categories: the entries that have what every check needs.
    """

    name: str
    ann_file: Path
    kind: str = DETECTION
    image_folders: list[Path] = field(default_factory=list)
    image_key: str = 'file_name'
    classes: list[str] | None = None
    class_text_path: str | None = None
    sorted_by_id: bool = False
    content: Any = None
    images: list[dict] = field(default_factory=list)
    annotations: list[dict] = field(default_factory=list)
    categories: list[dict] = field(default_factory=list)

    @property
    def part(self) -> str:
        """``train``, ``val`` or ``test``: the name without a number."""
        return self.name.partition('[')[0]

    @cached_property
    def image_of_id(self) -> dict[Any, dict]:
        """Image entries by id."""
        return {image['id']: image for image in self.images}

    def image_name(self, image: dict) -> str:
        """The path of an image relative to its folder."""
        return str(image[self.image_key]).removeprefix(_COCO_HOST)

    def image_path(self, image: dict) -> Path:
        """The first folder's path that exists, else the one in the first folder."""
        name = self.image_name(image)
        paths = [folder / name for folder in self.image_folders] or [Path(name)]
        return next((path for path in paths if os.path.exists(path)), paths[0])

    def kept_categories(self) -> list[dict]:
        """The categories that become labels, in label order."""
        kept = self.categories
        if self.classes is not None:
            kept = [category for category in kept if category['name'] in self.classes]
        return sorted(kept, key=lambda category: category['id']) if self.sorted_by_id else kept


def label_of(index: int, annotation: dict) -> str:
    """How an annotation is called in messages."""
    return f'annotation {index} (id {annotation["id"]}, image {annotation["image_id"]})'


def kind_of(content: Any) -> str:
    """What the annotations of a file carry: a category, caption spans or a name."""
    annotations = content.get('annotations') if isinstance(content, dict) else None
    for annotation in annotations if isinstance(annotations, list) else ():
        if isinstance(annotation, dict):
            if 'tokens_positive' in annotation:
                return CAPTION
            return TOKENS if isinstance(annotation.get('tokens'), str) else DETECTION
    return DETECTION


def image_key_of(content: Any) -> str:
    """``coco_url`` for LVIS files, whose images have no ``file_name``."""
    images = content.get('images') if isinstance(content, dict) else None
    first = images[0] if isinstance(images, list) and images else {}
    lvis = isinstance(first, dict) and 'file_name' not in first and 'coco_url' in first
    return 'coco_url' if lvis else 'file_name'
