"""Requests sorted into batches in which little is filled up and no picture is read twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.families.image_input import ImageInput


@dataclass(frozen=True)
class RequestGroup:
    """The requests about one picture.

    Attributes:
        image: the picture.
        indices: which requests, in their order.
        prompts: the prompt tokens of each.
    """

    image: ImageInput
    indices: tuple[int, ...]
    prompts: tuple[list[int], ...]

    def longest(self) -> int:
        """Tokens of the longest prompt."""
        return max(map(len, self.prompts))

    def common_length(self) -> int:
        """How many tokens all prompts begin with; at least one stays for each of them."""
        columns = zip(*self.prompts, strict=False)  # ends with the shortest
        equal = sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, columns))
        return min(equal, min(map(len, self.prompts)) - 1)


def group_requests(
    requests: Sequence[GenerationRequest], prompts: Sequence[list[int]], *, by_image: bool
) -> list[RequestGroup]:
    """One group per picture (``image_key``), or per request.

    Raises:
        InputValueError: one key stands for pictures of different sizes.
    """
    members: dict[object, list[int]] = {}
    for index, request in enumerate(requests):
        alone = request.image_key is None or not by_image
        members.setdefault(('request', index) if alone else request.image_key, []).append(index)
    groups = []
    for key, indices in members.items():
        image = requests[indices[0]].image
        for index in indices:
            _check_same(image, requests[index].image, key, index)
        groups.append(RequestGroup(image, tuple(indices), tuple(prompts[i] for i in indices)))
    return groups


def size_buckets(groups: Sequence[RequestGroup], batch_size: int) -> list[list[RequestGroup]]:
    """Groups of similar prompt lengths, ``batch_size`` requests together.

    A group of more requests than that is a batch of its own. The longest come first, so that
    a lack of memory shows at once.
    """
    batches: list[list[RequestGroup]] = []
    room = 0
    for group in sorted(groups, key=RequestGroup.longest, reverse=True):
        if len(group.indices) > room:
            batches.append([])
            room = batch_size
        batches[-1].append(group)
        room -= len(group.indices)
    return batches


def _check_same(first: ImageInput, other: ImageInput, key: object, index: int) -> None:
    sizes = [(i.image_size_wh, i.model_size_wh, i.num_tokens) for i in (first, other)]
    if sizes[0] != sizes[1]:
        raise InputValueError(
            f'request {index}: expected image_key {key!r} to stand for one picture, found sizes '
            f'{first.image_size_wh} and {other.image_size_wh}.'
        )
