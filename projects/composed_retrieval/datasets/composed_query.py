"""One question of composed retrieval, and a split of a data set, in the form all loaders share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ComposedQuery:
    """A reference picture and the words that say what to change.

    Attributes:
        query_id: unique in its split; in submissions it is the key.
        reference: name of the reference picture.
        caption: the change, one text.
        gallery: name of the gallery that is ranked.
        target: name of the picture that is looked for; None in splits that keep it secret.
        captions: the texts that ``caption`` was made of, where an annotator wrote several.
        subset: names of a small group of similar pictures, reference included (CIRR).
        ground_truths: every picture that is right, ``target`` first (CIRCO).
        same_instance: pictures that show the target's object, reference left out (OACIRR).
        aspects: what kinds of change the caption asks for (CIRCO).
        region_xyxy: the region of the reference that is meant, pixels of the original
            picture; None where nobody drew one (OACIRR has it).
    """

    query_id: str
    reference: str
    caption: str
    gallery: str
    target: str | None = None
    captions: tuple[str, ...] = ()
    subset: tuple[str, ...] = ()
    ground_truths: tuple[str, ...] = ()
    same_instance: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    region_xyxy: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class RetrievalSplit:
    """What the annotation files of a split say.

    Attributes:
        source: the file of the queries, for messages.
        queries: in the order of the file.
        images: path of every picture by its name, in the order of the split's files.
        galleries: names of the pictures of each gallery, in the order in which ties are broken.
    """

    source: Path
    queries: tuple[ComposedQuery, ...]
    images: Mapping[str, Path]
    galleries: Mapping[str, tuple[str, ...]]

    @property
    def has_targets(self) -> bool:
        """Whether the queries tell what is looked for."""
        return all(query.target is not None for query in self.queries)
