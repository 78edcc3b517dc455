"""Training batches: images stacked, boxes in one table, texts beside them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.registry import FUNCTIONS

from vl_runtime.errors import InputValueError


@FUNCTIONS.register_module()
def yolow_collate(data_batch: Sequence[dict], use_ms_training: bool = False) -> dict:
    """Batch packed training items.

    Shapes (B images of H x W, M boxes in all):
        inputs: (B, 3, H, W) uint8; with ``use_ms_training`` a list of B (3, H, W)
        data_samples['bboxes_labels']: (M, 6) image index, label, x1, y1, x2, y2 (pixels)
        data_samples['masks']: (M, H', W') bool when the items have masks, one per box and of
            the whole image at any size
        data_samples['texts']: B lists of strings, when the items have texts
        data_samples['is_detection']: (B,), when the items have it

    Args:
        data_batch: items with ``inputs`` and ``data_samples`` (as PackDetInputs makes them).
        use_ms_training: leave images of different sizes unstacked.

    Raises:
        InputValueError: images of different sizes without ``use_ms_training``; some items
            with texts and some without.
    """
    images = [item['inputs'] for item in data_batch]
    samples = [item['data_samples'] for item in data_batch]
    collated = {'bboxes_labels': torch.cat([_box_rows(i, s) for i, s in enumerate(samples)])}
    masks = [mask for sample in samples for mask in _masks(sample)]
    if masks:
        collated['masks'] = torch.cat(masks)
    if _all_have(samples, 'texts'):
        collated['texts'] = [sample.texts for sample in samples]
    if _all_have(samples, 'is_detection'):
        collated['is_detection'] = torch.tensor([sample.is_detection for sample in samples])
    return {
        'inputs': images if use_ms_training else _stack(images, samples),
        'data_samples': collated,
    }


def _box_rows(index: int, sample) -> torch.Tensor:
    instances = sample.gt_instances
    boxes = getattr(instances.bboxes, 'tensor', instances.bboxes)
    labels = instances.labels[:, None]
    return torch.cat((torch.full_like(labels, index), labels, boxes), dim=1)


def _masks(sample) -> list[torch.Tensor]:
    masks = [_as_bool(sample.gt_instances.masks)] if 'masks' in sample.gt_instances else []
    return masks + ([sample.gt_panoptic_seg.pan_seg] if 'gt_panoptic_seg' in sample else [])


def _as_bool(masks) -> torch.Tensor:
    """mmdet's polygons or bitmaps, or a tensor of 0 and 1, as bool.

    Polygon2Mask gives a float tensor without height and width where no box is.
    """
    if not isinstance(masks, torch.Tensor):
        return masks.to_tensor(torch.bool, 'cpu')
    return masks.bool() if masks.dim() == 3 else masks.new_zeros(0, dtype=torch.bool)


def _all_have(samples: list, key: str) -> bool:
    having = [key in sample for sample in samples]
    if any(having) and not all(having):
        path = samples[having.index(False)].metainfo.get('img_path')
        raise InputValueError(
            f'batch: expected {key!r} in all {len(samples)} samples, found it in {sum(having)}; '
            f'the first without is index {having.index(False)} ({path}). Add it to the '
            'meta_keys of every pipeline.'
        )
    return all(having)


def _stack(images: list[torch.Tensor], samples: list) -> torch.Tensor:
    for index, image in enumerate(images):
        if image.shape != images[0].shape:
            path = samples[index].metainfo.get('img_path')
            raise InputValueError(
                f'batch: expected images of one size, found {tuple(images[0].shape)} and at '
                f'index {index} ({path}) {tuple(image.shape)}; end the pipeline with a fixed '
                'size, or set use_ms_training=True.'
            )
    return torch.stack(images)
