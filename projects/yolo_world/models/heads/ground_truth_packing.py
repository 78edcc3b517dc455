"""Ground truth rows of a batch, brought into one padded tensor.

Letters: B images, M ground truths of the batch, G of the image that has most.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.structures.bbox import get_box_tensor
from mmengine.structures import InstanceData
from torch import Tensor

from vl_runtime.errors import InputValueError


def rows_from_instances(instances: Sequence[InstanceData]) -> Tensor:
    """Rows (M, 6) of (image, class, x1, y1, x2, y2) from one ``InstanceData`` per image."""
    rows = []
    for image, instance in enumerate(instances):
        boxes = get_box_tensor(instance.bboxes)
        index = boxes.new_full((len(boxes), 1), image)
        rows.append(torch.cat([index, instance.labels[:, None].to(boxes), boxes], dim=1))
    return torch.cat(rows)


def pack_ground_truth(
    rows: Tensor, batch_size: int, num_classes: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Sort rows by image and pad with zeros.

    Args:
        rows: (M, 6) of (image, class, x1, y1, x2, y2), pixels, in any order.
        batch_size: B.
        num_classes: number of texts; classes are below it.

    Returns:
        classes (B, G, 1), boxes (B, G, 4), valid (B, G, 1) as 0 or 1. A row
        whose four coordinates sum to 0 counts as padding.

    Raises:
        InputValueError: a class index has no text.
    """
    image = rows[:, 0].long()
    counts = torch.bincount(image, minlength=batch_size)
    largest = 0
    if len(rows):
        largest, highest_class = torch.stack([counts.max(), rows[:, 1].max().long()]).tolist()
        if highest_class >= num_classes:
            raise InputValueError(
                f'a box of this batch has class index {highest_class}, but there are only '
                f'{num_classes} texts (0 to {num_classes - 1}); check the labels against the '
                f'class texts of the data set.'
            )
    order = image.argsort(stable=True)
    image = image[order]
    place = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[image]
    packed = rows.new_zeros(batch_size, largest, 5)
    packed[image, place] = rows[order, 1:]
    boxes = packed[..., 1:]
    return packed[..., :1], boxes, (boxes.sum(-1, keepdim=True) > 0).to(rows.dtype)
