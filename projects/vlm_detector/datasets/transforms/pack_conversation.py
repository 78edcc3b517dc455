"""The last step of a pipeline: what the model reads, and the data sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.image_input import ImageInput
from vlm_detector.families.model_picture import model_picture

META_KEYS = (
    'img_id',
    'img_path',
    'ori_shape',
    'img_shape',
    'scale_factor',
    'pad_param',
    'flip',
    'flip_direction',
    'texts',
    'prompt',
    'task',
    'phrase_label',
    'gt_answer',
    'model_size_wh',
    'num_objects_left_out',
)


@TRANSFORMS.register_module()
class PackConversation(BaseTransform):
    """Resize and normalise the picture in the loader's worker, and tokenise.

    Required keys: ``img`` (H, W, 3) BGR; in training ``conversation``.
    Returns: ``inputs`` with ``image`` (``ImageInput``) and in training ``prompt_ids``,
    ``answer_ids``, ``coordinate_flags`` (which tokens of the answer are coordinates) and
    ``padding`` (what ``vlm_train_collate`` fills with); ``data_samples``, a DetDataSample as
    mmdet packs it.

    Args:
        encoder: ``family``, ``source`` and pixel limits, as for ``cached_encoder``.
        meta_keys: of the data sample, those that are there.

    Raises:
        InputValueError: no picture, or one that the family can't take.
    """

    def __init__(self, encoder: Mapping[str, Any], *, meta_keys: Sequence[str] = META_KEYS) -> None:
        self.encoder = cached_encoder(**encoder)
        self._pack = TRANSFORMS.build(
            {'type': 'mmdet.PackDetInputs', 'meta_keys': tuple(meta_keys)}
        )

    def transform(self, results: dict) -> dict:
        """The packed sample."""
        image = self._encoded(results)
        results['model_size_wh'] = image.model_size_wh
        results.setdefault('scale_factor', (1.0, 1.0))  # no step has resized the picture
        sample = self._pack({key: results[key] for key in results if key != 'img'})['data_samples']
        inputs: dict[str, Any] = {'image': image}
        conversation = results.get('conversation')
        if conversation is not None:
            inputs |= self._tokens(conversation, image)
        return {'inputs': inputs, 'data_samples': sample}

    def as_picture(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """What a packed sample shows, to look at: as mmdet packs it, at the model's size.

        Args:
            item: of ``transform``; not changed.

        Returns:
            ``inputs`` (3, H, W) uint8 BGR; ``data_samples`` with the boxes in its pixels.
        """
        rgb = model_picture(item['inputs']['image'], self.encoder)
        sample = item['data_samples'].clone()
        sample.gt_instances = sample.gt_instances.clone()
        height, width = sample.img_shape[:2]
        scale_x, scale_y = rgb.shape[1] / width, rgb.shape[0] / height
        boxes = sample.gt_instances.bboxes
        boxes = getattr(boxes, 'tensor', boxes)
        sample.gt_instances.bboxes = boxes * boxes.new_tensor([scale_x, scale_y] * 2)
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        return {'inputs': torch.from_numpy(bgr).permute(2, 0, 1), 'data_samples': sample}

    def _encoded(self, results: dict) -> ImageInput:
        if 'img' not in results:
            raise InputValueError('PackConversation: expected img in the results, found none.')
        bgr = np.asarray(results['img'])
        if bgr.dtype != np.uint8:  # some transforms leave floats of 0 to 255
            bgr = bgr.round().clip(0, 255).astype(np.uint8)
        try:
            return self.encoder.encode_image(np.ascontiguousarray(bgr[..., ::-1]))
        except InputValueError as error:
            raise InputValueError(f'{results.get("img_path")}: {error}') from error

    def _tokens(self, conversation: Mapping[str, Any], image: ImageInput) -> dict[str, Any]:
        answer = conversation['answer']
        return {
            'prompt_ids': self.encoder.prompt_ids(conversation['prompt'], image),
            'answer_ids': self.encoder.answer_ids(answer),
            'coordinate_flags': _inside(
                self.encoder.answer_offsets(answer), conversation['coordinate_spans']
            ),
            'padding': {
                'pad_token_id': self.encoder.pad_token_id,
                'decoder_prefix_ids': self.encoder.decoder_prefix_ids,
            },
        }


def _inside(tokens: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Which tokens overlap one of ``spans``; both in characters, [start, end)."""
    covered = np.zeros(max((end for _, end in [*tokens, *spans]), default=0) + 1, dtype=bool)
    for start, end in spans:
        covered[start:end] = True
    return [bool(covered[start:end].any()) for start, end in tokens]
