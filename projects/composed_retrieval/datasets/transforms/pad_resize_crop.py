"""The published preprocessing of composed retrieval, for pixels and boxes alike."""

from __future__ import annotations

from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from composed_retrieval.boxes.pad_resize_crop_geometry import PadResizeCropGeometry
from composed_retrieval.datasets.transforms.load_pictures import sides_of


@TRANSFORMS.register_module()
class PadResizeCrop(BaseTransform):
    """Pad long pictures with black, resize the short side to ``size``, crop the centre.

    Changes ``img`` and ``boxes_xyxy`` of each side; boxes are clipped and go through the same
    steps. Adds ``boxes_left_out``: how many were not kept.

    Args:
        size: side of the result in pixels.
        target_ratio: see ``PadResizeCropGeometry``; 1.25 is published as "targetpad", 1 as
            "squarepad".
        min_visible: a box of which less remains is left out, and one below a pixel.
    """

    def __init__(
        self, size: int = 224, target_ratio: float | None = 1.25, *, min_visible: float = 0.25
    ) -> None:
        self.size = size
        self.target_ratio = target_ratio
        self.min_visible = min_visible

    def transform(self, results: dict) -> dict:
        """A copy of the item with square pictures."""
        return {**results, **{side: self._fitted(results[side]) for side in sides_of(results)}}

    def fitted_boxes(self, picture: dict, geometry: PadResizeCropGeometry) -> dict:
        """``boxes_xyxy`` in the pixels of the result, and ``boxes_left_out``."""
        boxes, keep, _ = geometry.boxes(picture['boxes_xyxy'], self.min_visible)
        return {'boxes_xyxy': boxes[keep], 'boxes_left_out': int((~keep).sum())}

    def geometry(self, size_wh: tuple[int, int]) -> PadResizeCropGeometry:
        """What happens to a picture of this size."""
        return PadResizeCropGeometry.of(size_wh, self.size, self.target_ratio)

    def _fitted(self, picture: dict) -> dict:
        image = picture['img']
        geometry = self.geometry((image.shape[1], image.shape[0]))
        return {**picture, 'img': geometry.image(image), **self.fitted_boxes(picture, geometry)}
