"""Conversations of the Qwen-VL families: patches of any size, placeholders in the prompt."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_runtime.errors import InputValueError
from vlm_detector.families.conversation_encoder import IMAGE_BACKEND, ConversationEncoder
from vlm_detector.families.image_input import ImageInput

_IMAGE = '<|image_pad|>'
_MOST_ELONGATED = 200  # the resize rule of the family refuses more


class QwenEncoder(ConversationEncoder):
    """Encoder of Qwen2.5-VL and Qwen3-VL; see the base class."""

    def __init__(self, family, source, *, processor, pixel_limits=(None, None)) -> None:
        super().__init__(family, source, processor=processor, pixel_limits=pixel_limits)
        self._images = processor.image_processor
        self._images.size = _size(dict(self._images.size), pixel_limits)
        ids = self.tokenizer.convert_tokens_to_ids
        self.image_token_id = ids(_IMAGE)
        self.end_token_ids = (ids('<|im_end|>'), ids('<|endoftext|>'))

    def encode_image(self, image_rgb: np.ndarray) -> ImageInput:
        """Patches in merge-window order; the size follows from the pixel limits."""
        self._require_picture(image_rgb)
        size_wh = (image_rgb.shape[1], image_rgb.shape[0])
        _require_proportion(size_wh)
        made = self._images(
            images=image_rgb, return_tensors='pt', input_data_format='channels_last'
        )
        grid = made['image_grid_thw']
        _, rows, columns = grid[0].tolist()
        patch = self._images.patch_size
        return ImageInput(
            pixel_values=made['pixel_values'],
            grid_thw=grid,
            num_tokens=int(grid.prod()) // self._images.merge_size**2,
            token_id=self.image_token_id,
            image_size_wh=size_wh,
            model_size_wh=(columns * patch, rows * patch),
        )

    def model_size_wh(self, image_size_wh: tuple[int, int]) -> tuple[int, int]:
        """The family's resize rule: multiples of patch x merge within the pixel limits."""
        from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

        _require_proportion(image_size_wh)
        height, width = smart_resize(
            image_size_wh[1],
            image_size_wh[0],
            factor=self._images.patch_size * self._images.merge_size,
            min_pixels=self._images.size['shortest_edge'],
            max_pixels=self._images.size['longest_edge'],
        )
        return width, height

    def prompt_ids(self, prompt: str, image: ImageInput | None) -> list[int]:
        """The model's own chat template, up to the first token of the assistant."""
        self._require_plain(prompt)
        content: list[dict[str, str]] = [{'type': 'text', 'text': prompt}]
        if image is not None:
            content.insert(0, {'type': 'image'})
        text = self.processor.apply_chat_template(
            [{'role': 'user', 'content': content}], tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = []
        for index in self.text_ids(text):
            ids += [index] * (image.num_tokens if index == self.image_token_id else 1)
        return ids

    def pixel_settings(self) -> dict[str, Any]:
        """Limits are areas in pixels; sides are multiples of ``side_multiple``."""
        return {
            'min_pixels': int(self._images.size['shortest_edge']),
            'max_pixels': int(self._images.size['longest_edge']),
            'side_multiple': int(self._images.patch_size * self._images.merge_size),
            'image_processor_backend': IMAGE_BACKEND,
        }


def _size(size: dict[str, int], limits: tuple[int | None, int | None]) -> dict[str, int]:
    """transformers calls the two areas edges."""
    least = size['shortest_edge'] if limits[0] is None else limits[0]
    most = size['longest_edge'] if limits[1] is None else limits[1]
    if not 0 < least <= most:
        raise InputValueError(
            f'min_pixels and max_pixels: expected 0 < min_pixels <= max_pixels (areas in pixels), '
            f'found {least} and {most}.'
        )
    return {'shortest_edge': int(least), 'longest_edge': int(most)}


def _require_proportion(size_wh: tuple[int, int]) -> None:
    if max(size_wh) > _MOST_ELONGATED * min(size_wh):
        raise InputValueError(
            f'picture of {size_wh[0]} x {size_wh[1]} pixels: expected a longer side of at most '
            f'{_MOST_ELONGATED} times the shorter, found {max(size_wh) / min(size_wh):.0f}; cut '
            'it into pieces or leave it out.'
        )
