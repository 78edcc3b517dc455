"""Words and pictures of a conversation as what a model reads, without the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from vl_runtime.errors import InputValueError
from vlm_detector.families.batching import batch_conversations
from vlm_detector.families.image_input import ImageInput
from vlm_detector.families.model_source import ModelSource

if TYPE_CHECKING:
    from vlm_detector.families.family import Family

IMAGE_BACKEND = 'torchvision'


class ConversationEncoder(ABC):
    """Tokenizer and image processor of a model; works in a loader's worker.

    A pickled encoder is the place it was loaded from: unpickling loads it once a process.

    Args:
        family: the family of the model.
        source: where the files are.
        processor: transformers' processor.
        pixel_limits: (least, most) pixels that the user asked for, None where not.

    Attributes:
        tokenizer: transformers' tokenizer.
        end_token_ids: tokens that end an answer; training writes the first.
        pad_token_id: fills shorter conversations.
        image_token_id: stands for a piece of the picture in the prompt.
        task_tokens: such as ``<OD>``, of a family whose prompts may name a task so.
        decoder_prefix_ids: what the decoder of an encoder-decoder model reads before the
            answer; empty otherwise.
    """

    end_token_ids: tuple[int, ...]
    image_token_id: int
    decoder_prefix_ids: tuple[int, ...] = ()
    sides: tuple[str, ...] = ('left', 'right')
    task_tokens: frozenset[str] = frozenset()

    def __init__(
        self,
        family: Family,
        source: ModelSource,
        *,
        processor: Any,
        pixel_limits: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self.family = family
        self.source = source
        self.processor = processor
        self.tokenizer = processor.tokenizer
        self.pixel_limits = pixel_limits
        self.pad_token_id = _pad_token_id(self.tokenizer, source)

    def __reduce__(self) -> tuple:
        from vlm_detector.families.cached_encoder import cached_encoder

        return cached_encoder, (self.family.name, self.source, *self.pixel_limits)

    @abstractmethod
    def encode_image(self, image_rgb: np.ndarray) -> ImageInput:
        """Resize and normalise a picture (H, W, 3) uint8 RGB.

        Raises:
            InputValueError: another kind of array, or a picture too elongated for the family.
        """

    @abstractmethod
    def model_size_wh(self, image_size_wh: tuple[int, int]) -> tuple[int, int]:
        """The size at which the model sees a picture of this size; errors as encode_image."""

    @abstractmethod
    def prompt_ids(self, prompt: str, image: ImageInput | None) -> list[int]:
        """The prompt with the placeholders of the picture, up to where the answer begins.

        Raises:
            InputValueError: the prompt holds one of the family's special tokens.
        """

    @abstractmethod
    def pixel_settings(self) -> dict[str, Any]:
        """How pictures are resized, as plain values for reports and exports."""

    def answer_ids(self, answer: str) -> list[int]:
        """The answer's tokens and the end token."""
        return [*self.text_ids(answer), self.end_token_ids[0]]

    def text_ids(self, text: str) -> list[int]:
        """The tokens of a text alone, nothing added."""
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False)['input_ids'])

    def decode(self, ids: Sequence[int]) -> str:
        """The text of an answer; end and filling tokens are left out, other tokens stay."""
        silent = {*self.end_token_ids, self.pad_token_id, *self.decoder_prefix_ids}
        return self.tokenizer.decode(
            [int(index) for index in ids if int(index) not in silent],
            skip_special_tokens=False,
            clean_up_tokenization_spaces=False,
        )

    def answer_offsets(self, answer: str) -> list[tuple[int, int]]:
        """Where each token of ``answer_ids`` stands in the text, [start, end); the end token
        is empty at its end."""
        found = self.tokenizer(answer, add_special_tokens=False, return_offsets_mapping=True)
        return [*(tuple(pair) for pair in found['offset_mapping']), (len(answer), len(answer))]

    def batch(self, items: Sequence[Mapping[str, Any]], side: str = 'left') -> dict[str, Tensor]:
        """``batch_conversations`` with the values of this family.

        Args:
            side: where shorter prompts are filled up; generation needs 'left'. A family whose
                positions count from the first token takes 'right' whatever is asked for.
        """
        return batch_conversations(
            items,
            pad_token_id=self.pad_token_id,
            side=side if side in self.sides else self.sides[0],
            decoder_prefix_ids=self.decoder_prefix_ids,
        )

    def _require_picture(self, image_rgb: np.ndarray) -> None:
        shape, dtype = getattr(image_rgb, 'shape', None), getattr(image_rgb, 'dtype', None)
        if shape is None or len(shape) != 3 or shape[2] != 3 or dtype != np.uint8 or 0 in shape:
            raise InputValueError(
                f'picture: expected an array (H, W, 3) of uint8, found {shape} of {dtype}.'
            )

    def _require_plain(self, prompt: str) -> None:
        """A prompt can't open or close a turn, or bring placeholders of its own."""
        for token in self.family.required_tokens:
            if token in prompt:
                raise InputValueError(
                    f'prompt {prompt[:60]!r}: holds {token}, a special token of '
                    f'{self.family.name}; take it out of the prompt or the class text.'
                )


def _pad_token_id(tokenizer: Any, source: ModelSource) -> int:
    if tokenizer.pad_token_id is None:
        raise InputValueError(
            f'{source.name}: expected a tokenizer with a pad token, found none; set pad_token in '
            'its tokenizer_config.json.'
        )
    return int(tokenizer.pad_token_id)
