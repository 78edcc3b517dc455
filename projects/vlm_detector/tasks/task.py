"""What one task asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from vlm_detector.codecs import BoxCodec


class Task(ABC):
    """One kind of question about a picture. Tasks have no state.

    A picture's annotations serve all tasks: ``narrow`` leaves in the results of a pipeline what
    answers this one.

    Attributes:
        name: in recipes, data samples and metric names.
        answer: 'boxes', 'polygons' or 'text'.
        one_text_per_prompt: it asks for one text at a time.
        needs_texts: it asks for texts at all.
        labels: what boxes are called where no texts are asked for.
        general: any picture can be asked; else data of one kind only.
    """

    name: ClassVar[str]
    answer: ClassVar[str] = 'boxes'
    one_text_per_prompt: ClassVar[bool] = False
    needs_texts: ClassVar[bool] = True
    labels: ClassVar[tuple[str, ...]] = ()
    general: ClassVar[bool] = True

    @abstractmethod
    def missing(self, annotation: Mapping[str, Any]) -> str:
        """What a picture lacks to be asked, in words; '' if nothing.

        Args:
            annotation: an entry of the data set, or the results of its pipeline.
        """

    @abstractmethod
    def narrow(self, results: dict[str, Any]) -> None:
        """Leave the answer: boxes, labels and texts, or ``gt_answer`` where it is a text.

        Args:
            results: with ``gt_bboxes``, ``gt_bboxes_labels``, ``texts``; ``missing`` is ''.
        """

    def codec(self, codec: BoxCodec, texts: tuple[str, ...]) -> BoxCodec:
        """The codec that reads the answer about ``texts``."""
        return codec


def single_objects(annotation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The annotations of a data set's entry that are no crowds."""
    return [item for item in annotation.get('instances', ()) if not item.get('ignore_flag')]
