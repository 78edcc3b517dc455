"""Box codec of Qwen3-VL: JSON with thousandths of the image."""

from __future__ import annotations

from typing import ClassVar

from mmengine.registry import TASK_UTILS

from vlm_detector.codecs.bbox_json import BboxJsonCodec
from vlm_detector.codecs.box_codec import SizeWH


@TASK_UTILS.register_module()
class Qwen3Codec(BboxJsonCodec):
    """JSON boxes in thousandths of the image, 0..1000, rounded: error at most W/2000 pixels.

    The numbers don't depend on the size at which the model sees the image, so nothing is
    scaled twice. See ``BboxJsonCodec`` for the form and the arguments.
    """

    name: ClassVar[str] = 'qwen3'

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """A thousand units on either side, whatever the sizes."""
        return 1000, 1000

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        return (
            'JSON list of {"bbox_2d": [x1, y1, x2, y2], "label": "name"} with whole numbers '
            'from 0 to 1000; [] if there is none'
        )
