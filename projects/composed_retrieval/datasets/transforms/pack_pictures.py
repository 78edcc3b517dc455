"""From an item with pixels to what a model gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from mmengine.structures import BaseDataElement, InstanceData

from composed_retrieval.datasets.transforms.load_pictures import sides_of

_PIXEL_KEYS = ('img', 'tokens', 'boxes_xyxy')


@TRANSFORMS.register_module()
class PackPictures(BaseTransform):
    """The last step: ``dict(inputs, data_samples)``.

    ``inputs`` has a uint8 RGB tensor (3, H, W) for each side that the item has: ``reference``
    and, where it is known, ``target``; or ``image`` for a gallery. Where tokens were read from a
    cache it has ``<side>_tokens`` (T, C) in its place. ``data_samples`` holds
    ``<side>_boxes`` (n, 4) float32, pixels of these tensors; all else of the item is metainfo.
    """

    def transform(self, results: dict) -> dict:
        """Tensors and a data element."""
        sides = sides_of(results)
        sample = BaseDataElement()
        meta = {key: value for key, value in results.items() if key not in sides}
        for side in sides:
            rest = {k: v for k, v in results[side].items() if k not in _PIXEL_KEYS}
            meta[side] = rest
            boxes = torch.as_tensor(results[side]['boxes_xyxy'], dtype=torch.float32)
            sample.set_field(boxes, f'{side}_boxes', dtype=torch.Tensor)
        sample.set_metainfo(meta)
        inputs = dict(_content(side, results[side]) for side in sides)
        return {'inputs': inputs, 'data_samples': sample}

    def as_picture(self, item: dict[str, Any]) -> dict[str, Any]:
        """Reference and target side by side, with their boxes: what tools/browse.py draws."""
        sample = item['data_samples']
        height = max(image.shape[1] for image in item['inputs'].values())
        tiles, boxes, labels, left = [], [], [], 0
        for number, (side, image) in enumerate(item['inputs'].items()):
            below = height - image.shape[1]
            tiles.append(torch.nn.functional.pad(image, (0, 0, 0, below)))
            boxes.append(sample.get(f'{side}_boxes') + torch.tensor([left, 0, left, 0]))
            labels += [number] * len(boxes[-1])
            left += image.shape[2]
        shown = BaseDataElement(
            metainfo={
                'img_path': sample.get(next(iter(item['inputs'])))['img_path'],
                'texts': [[side] for side in item['inputs']] + [[sample.get('caption', ' ')]],
            }
        )
        shown.gt_instances = InstanceData(
            bboxes=torch.cat(boxes), labels=torch.tensor(labels, dtype=torch.int64)
        )
        return {'inputs': torch.cat(tiles, dim=2).flip(0), 'data_samples': shown}


def _content(side: str, picture: dict) -> tuple[str, torch.Tensor]:
    """The key in ``inputs`` and the tensor of a side."""
    if 'tokens' in picture:
        return f'{side}_tokens', picture['tokens']
    image = np.ascontiguousarray(picture['img'].transpose(2, 0, 1))
    return side, torch.from_numpy(image)
