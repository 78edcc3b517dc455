"""The prompts that a picture is asked: one, or several when the class list is long."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.families.image_input import ImageInput


@dataclass(frozen=True)
class ImageRequests:
    """The requests about one picture.

    Attributes:
        requests: one per prompt.
        class_indices: per request, which of all classes its class names are.
    """

    requests: tuple[GenerationRequest, ...]
    class_indices: tuple[tuple[int, ...], ...]


def build_requests(
    image: ImageInput,
    class_names: Sequence[str],
    *,
    prompt_of: Callable[[Sequence[str]], str],
    image_key: Hashable,
    classes_per_prompt: int | None = None,
    answer: str = 'boxes',
) -> ImageRequests:
    """Ask for all classes at once, or ``classes_per_prompt`` of them at a time.

    The requests of one picture have one ``image_key``, so an engine computes the picture once.

    Args:
        image: the picture.
        class_names: what to look for; an answer's labels are indices into it. Blank ones (a
            detector's background) are not asked for.
        prompt_of: writes the prompt for some class names.
        image_key: names the picture within one call of an engine.
        classes_per_prompt: None for one prompt.
        answer: see ``GenerationRequest``; one in words needs no class names and is one prompt.

    Raises:
        InputValueError: no class, or ``classes_per_prompt`` below 1.
    """
    if answer == 'text':
        request = GenerationRequest(image, prompt_of(()), (), image_key, answer)
        return ImageRequests((request,), ((),))
    named = [index for index, name in enumerate(class_names) if name.strip()]
    if not named:
        raise InputValueError(f'picture {image_key}: expected class names to look for, found none.')
    size = len(named) if classes_per_prompt is None else classes_per_prompt
    if not isinstance(size, int) or size < 1:
        raise InputValueError(f'classes_per_prompt: expected an integer >= 1, found {size!r}.')
    parts = [tuple(named[start : start + size]) for start in range(0, len(named), size)]
    requests = []
    for part in parts:
        names = tuple(class_names[index] for index in part)
        requests.append(GenerationRequest(image, prompt_of(names), names, image_key, answer))
    return ImageRequests(tuple(requests), tuple(parts))
