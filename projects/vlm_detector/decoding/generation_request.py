"""What one generation is asked: a picture, a prompt and the class names it may answer."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_detector.families.image_input import ImageInput


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt about one picture.

    Attributes:
        image: the picture as the model's image processor left it.
        prompt: the user's text, without chat template and image placeholders.
        class_names: what the answer may name; a grammar restricts the labels to it.
        image_key: equal keys mean the same picture, so an engine may compute its vision
            features and its part of the prompt once. None: a picture of its own.
        answer: 'boxes', 'polygons' or 'text'; a grammar is for boxes.
    """

    image: ImageInput
    prompt: str
    class_names: tuple[str, ...]
    image_key: Hashable = None
    answer: str = 'boxes'
