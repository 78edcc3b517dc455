"""Conversations of Florence-2: a fixed picture, the prompt in the encoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_runtime.errors import InputValueError
from vlm_detector.families.conversation_encoder import IMAGE_BACKEND, ConversationEncoder
from vlm_detector.families.image_input import ImageInput


class Florence2Encoder(ConversationEncoder):
    """Encoder of Florence-2; see the base class.

    Args:
        decoder_prefix_ids: what the decoder reads before the answer.
    """

    sides = ('right',)  # learned positions count from the first token

    def __init__(self, family, source, *, processor, decoder_prefix_ids: tuple[int, ...]) -> None:
        super().__init__(family, source, processor=processor)
        self._images = processor.image_processor
        self.image_token_id = processor.image_token_id
        self.end_token_ids = (self.tokenizer.eos_token_id,)
        self.decoder_prefix_ids = decoder_prefix_ids
        self.task_tokens = frozenset(
            {*processor.task_prompts_without_inputs, *processor.task_prompts_with_input}
        )

    def encode_image(self, image_rgb: np.ndarray) -> ImageInput:
        """The picture at the model's size; its proportions are not kept."""
        self._require_picture(image_rgb)
        size_wh = (image_rgb.shape[1], image_rgb.shape[0])
        made = self._images(
            images=image_rgb, return_tensors='pt', input_data_format='channels_last'
        )
        return ImageInput(
            pixel_values=made['pixel_values'][0],
            grid_thw=None,
            num_tokens=int(self.processor.num_image_tokens),
            token_id=self.image_token_id,
            image_size_wh=size_wh,
            model_size_wh=self.model_size_wh(size_wh),
        )

    def model_size_wh(self, image_size_wh: tuple[int, int]) -> tuple[int, int]:
        """The same for every picture."""
        size = self._images.size
        return int(size['width']), int(size['height'])

    def prompt_ids(self, prompt: str, image: ImageInput | None) -> list[int]:
        """Picture tokens, ``<s>``, the prompt, ``</s>``; a task token becomes its sentence."""
        self._require_plain(prompt)
        text = f'{self.tokenizer.bos_token}{self._sentence(prompt)}{self.tokenizer.eos_token}'
        pictures = [self.image_token_id] * image.num_tokens if image is not None else []
        return pictures + self.text_ids(text)

    def pixel_settings(self) -> dict[str, Any]:
        """The one size, in pixels."""
        width, height = self.model_size_wh((0, 0))
        return {'width': width, 'height': height, 'image_processor_backend': IMAGE_BACKEND}

    def _sentence(self, prompt: str) -> str:
        """``<OD>`` and the like as the sentence that the model was trained with."""
        for token, sentence in self.processor.task_prompts_without_inputs.items():
            if token in prompt:
                if prompt.strip() != token:
                    raise InputValueError(
                        f'prompt {prompt[:60]!r}: expected {token} alone, found more text; this '
                        'task takes none.'
                    )
                return sentence
        for token, sentence in self.processor.task_prompts_with_input.items():
            if token in prompt:
                return sentence.format(input=prompt.replace(token, '').strip())
        return prompt
