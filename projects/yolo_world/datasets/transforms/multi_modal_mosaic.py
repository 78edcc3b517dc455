"""Mosaic of four images whose texts are merged."""

from __future__ import annotations

import mmcv
import numpy as np
from mmengine.registry import TRANSFORMS
from mmyolo.datasets.transforms import Mosaic
from numpy import random

from yolo_world.datasets.transforms.multi_modal_mixing import MultiModalMixing

_PLACES = ('top_left', 'top_right', 'bottom_left', 'bottom_right')


@TRANSFORMS.register_module()
class MultiModalMosaic(MultiModalMixing, Mosaic):
    """Four images around a random centre of a canvas twice the input size.

    The image itself goes top left, three random partners go top right, bottom left and
    bottom right. Each is scaled to fit ``img_scale``, keeping its ratio.

    Required keys: ``img, gt_bboxes, gt_bboxes_labels, gt_ignore_flags``; ``dataset`` unless
    cached; ``texts`` and ``gt_masks`` are used when they are there.
    Changed keys: these, and ``img_shape``. An image without ``gt_masks`` counts as one without
    masks; masks are then dropped for all unless it has no boxes.

    Args: (those of mmyolo's ``Mosaic``)
        img_scale: (width, height) of one part; the canvas is twice as wide and high.
        center_ratio_range: range of the centre, in parts; x is drawn first.
        bbox_clip_border: clip boxes to the canvas; otherwise drop boxes outside it.
        pad_val: grey value where no image is.
        pre_transform, prob, use_cached, max_cached_images, random_pop, max_refetch: see
            ``MultiModalMixing``.

    Source: YOLOv4, arXiv:2004.10934; here as in mmyolo, with texts.
    """

    def mix_img_transform(self, results: dict) -> dict:
        """Mix ``results`` with ``results['mix_results']``."""
        width, height = self.img_scale
        image = results['img']
        canvas = np.empty((2 * height, 2 * width, *image.shape[2:]), image.dtype)
        center_x = int(random.uniform(*self.center_ratio_range) * width)
        center_y = int(random.uniform(*self.center_ratio_range) * height)

        parts = [results, *results['mix_results']]
        with_masks = all('gt_masks' in part or not len(part['gt_bboxes']) for part in parts)
        boxes, masks = [], []
        for place, part in zip(_PLACES, parts, strict=True):
            scale, offset_xy, size_hw = self._paste(canvas, part, place, (center_x, center_y))
            part['gt_bboxes'].rescale_([scale, scale])
            part['gt_bboxes'].translate_(offset_xy)
            boxes.append(part['gt_bboxes'])
            if with_masks and 'gt_masks' in part:
                masks.append(_place_masks(part['gt_masks'], size_hw, offset_xy, canvas.shape[:2]))

        results['img'] = canvas
        results['img_shape'] = canvas.shape
        results['gt_bboxes'] = boxes[0].cat(boxes, 0)
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            results[key] = np.concatenate([part[key] for part in parts])
        results.pop('gt_masks', None)
        if masks:
            results['gt_masks'] = masks[0].cat(masks)
        self._clip(results)
        return results

    def _paste(
        self, canvas: np.ndarray, part: dict, place: str, center_xy: tuple[int, int]
    ) -> tuple[float, tuple[int, int], tuple[int, int]]:
        """Draw one image; its scale, offset (x, y) and drawn size (height, width)."""
        image = part['img']
        height, width = image.shape[:2]
        scale = min(self.img_scale[1] / height, self.img_scale[0] / width)
        # At least one pixel: a very elongated image would vanish.
        size_wh = max(int(width * scale), 1), max(int(height * scale), 1)
        if size_wh != (width, height):
            image = mmcv.imresize(image, size_wh)
        (x1, y1, x2, y2), (crop_x1, crop_y1, crop_x2, crop_y2) = self._mosaic_combine(
            place, center_xy, size_wh
        )
        canvas[y1:y2, x1:x2] = image[crop_y1:crop_y2, crop_x1:crop_x2]
        quarter = canvas[
            slice(None, center_xy[1]) if 'top' in place else slice(center_xy[1], None),
            slice(None, center_xy[0]) if 'left' in place else slice(center_xy[0], None),
        ]
        _pad_quarter(quarter, (x2 - x1, y2 - y1), place, self.pad_val)
        return scale, (x1 - crop_x1, y1 - crop_y1), size_wh[::-1]

    def _clip(self, results: dict) -> None:
        canvas_hw = results['img_shape'][:2]
        if self.bbox_clip_border:
            results['gt_bboxes'].clip_(canvas_hw)
            return
        inside = results['gt_bboxes'].is_inside(canvas_hw).numpy()
        for key in ('gt_bboxes', 'gt_bboxes_labels', 'gt_ignore_flags', 'gt_masks'):
            if key in results:
                results[key] = results[key][inside]


def _pad_quarter(quarter: np.ndarray, drawn_wh: tuple[int, int], place: str, value: float) -> None:
    """Fill what an image of ``drawn_wh`` at the mosaic's centre leaves of its quarter.

    Only that is filled: a canvas that is grey all over first costs a tenth of a mosaic.
    """
    height, width = quarter.shape[:2]
    rows, columns = height - drawn_wh[1], width - drawn_wh[0]
    is_top, is_left = 'top' in place, 'left' in place
    quarter[slice(None, rows) if is_top else slice(height - rows, None)] = value
    beside = slice(rows, None) if is_top else slice(None, height - rows)
    quarter[beside, slice(None, columns) if is_left else slice(width - columns, None)] = value


def _place_masks(masks, size_hw, offset_xy, canvas_hw):
    masks = masks.resize(size_hw)
    masks = masks.translate(canvas_hw, offset_xy[0], direction='horizontal')
    return masks.translate(canvas_hw, offset_xy[1], direction='vertical')
