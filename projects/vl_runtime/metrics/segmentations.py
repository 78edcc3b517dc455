"""The masks of an annotation file: what may stand in ``segmentation``, as run-length codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import RunLengthCode


def encode_segmentation(segmentation: Any, height: int, width: int) -> RunLengthCode:
    """The code of a checked ``segmentation`` of an annotation: polygons, or counts."""
    if isinstance(segmentation, Mapping):
        if isinstance(segmentation['counts'], list):
            return coco_mask.frPyObjects(dict(segmentation), height, width)
        return dict(segmentation)
    return coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))


def check_segmentation(
    segmentation: Any, image: Mapping[str, Any], source: str, index: int
) -> None:
    """An annotation's ``segmentation`` can be read as a mask of ``image``.

    Raises:
        InputValueError: there is none, a polygon has fewer than three points, counts are
            of another size, or the image states no size.
    """
    where = f'{source}: annotation {index}'
    size = [image.get('height'), image.get('width')]
    if not all(isinstance(side, int) and side > 0 for side in size):
        raise InputValueError(
            f'{source}: image {image["id"]}: expected "width" and "height" in pixels, which '
            f'masks need, found {size[1]!r} and {size[0]!r}.'
        )
    if not segmentation:
        raise InputValueError(
            f'{where}: expected "segmentation", found none; annotate a mask for every object, or '
            "evaluate boxes only (metric='bbox')."
        )
    if isinstance(segmentation, Mapping):
        if list(segmentation.get('size', ())) != size or 'counts' not in segmentation:
            raise InputValueError(
                f'{where}: expected "segmentation" with "counts" and "size" {size} '
                f'(height, width), found size {segmentation.get("size")}.'
            )
        return
    for polygon in segmentation if isinstance(segmentation, list) else [segmentation]:
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
            raise InputValueError(
                f'{where}: expected polygons [x1, y1, x2, y2, x3, y3, ...] of at least three '
                f'points, found {str(polygon)[:60]}.'
            )


def check_mask_sizes(
    by_image: Mapping[Any, Mapping[str, Any]], images: Sequence[Mapping[str, Any]], source: str
) -> None:
    """Predicted masks have the size that the annotation file states; others overlap nothing.

    Args:
        by_image: results with ``masks``, by picture.
        images: the ``images`` of the annotation file ``source``.

    Raises:
        InputValueError: a size differs.
    """
    stated = {image['id']: [image.get('height'), image.get('width')] for image in images}
    for image_id, result in by_image.items():
        for mask in result['masks'][:1]:
            if list(mask['size']) != stated[image_id]:
                raise InputValueError(
                    f'{source}: image {image_id}: the file states {stated[image_id]} (height, '
                    f'width), the picture and its predicted masks have {list(mask["size"])}; '
                    'correct the file.'
                )


def checked_kinds(metric: str, kinds: str | Sequence[str]) -> tuple[str, ...]:
    """What the metric named ``metric`` shall compare: ``bbox``, ``segm`` or both.

    Raises:
        InputValueError: something else.
    """
    given = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if not given or any(kind not in ('bbox', 'segm') for kind in given):
        raise InputValueError(
            f"{metric}: expected metric 'bbox', 'segm' or ['bbox', 'segm'], found {kinds!r}."
        )
    return tuple(dict.fromkeys(given))
