"""Box codec of Qwen2.5-VL: JSON with pixels of the resized image."""

from __future__ import annotations

from typing import ClassVar

from mmengine.registry import TASK_UTILS

from vlm_detector.codecs.bbox_json import BboxJsonCodec
from vlm_detector.codecs.box_codec import SizeWH


@TASK_UTILS.register_module()
class Qwen2_5Codec(BboxJsonCodec):
    """JSON boxes in whole pixels of the image as the model sees it (after its resize).

    Written values end at width - 1 and height - 1, as in the data that the released
    models learned from; values up to width and height are read. The error is half a
    pixel of the resized image, and one where a box touches the right or lower border.
    See ``BboxJsonCodec`` for the form and the arguments.
    """

    name: ClassVar[str] = 'qwen2_5'

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """One unit per pixel of the resized image."""
        return model_size_wh

    def largest_unit_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """The last column and row."""
        return model_size_wh[0] - 1, model_size_wh[1] - 1

    def readable_unit_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """The border behind the last column and row."""
        return model_size_wh

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        return (
            'JSON list of {"bbox_2d": [x1, y1, x2, y2], "label": "name"} with whole pixels of '
            'the image; [] if there is none'
        )
