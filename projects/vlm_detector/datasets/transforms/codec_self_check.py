"""Does the codec fit the family and the boxes? Asked of the first objects of a training."""

from __future__ import annotations

import numpy as np

from vlm_detector.codecs import AnnotatedImage, BoxCodec, check_round_trip
from vlm_detector.families.family import Family

_ENOUGH_BOXES = 256


class CodecSelfCheck:
    """Encodes and decodes the boxes that pass by, until there were enough of them.

    Args:
        codec: of the training data.
        family: of the model.
        min_iou: least mean IoU of boxes with themselves after encode and decode, 0..1.
    """

    def __init__(self, codec: BoxCodec, family: Family, min_iou: float) -> None:
        self._codec = codec
        self._family = family
        self._min_iou = min_iou
        self._images: list[AnnotatedImage] = []
        self._count = 0
        self._fits_form = codec.name == family.codec_name

    def look(
        self,
        boxes_xyxy: np.ndarray,
        image_size_wh: tuple[int, int],
        model_size_wh: tuple[int, int],
    ) -> None:
        """Note the boxes of a picture; at once or after enough of them, check.

        Raises:
            InputValueError: see ``check_round_trip``.
        """
        if self._count >= _ENOUGH_BOXES or not len(boxes_xyxy):
            return
        labels = np.zeros(len(boxes_xyxy), dtype=np.int64)
        self._images.append(AnnotatedImage(boxes_xyxy, labels, image_size_wh, model_size_wh))
        self._count += len(boxes_xyxy)
        if self._count >= _ENOUGH_BOXES:
            self._check(self._min_iou)
            self._images.clear()
        elif not self._fits_form:
            self._check(0.0)  # a codec of the same form but other coordinates is refused at once
            self._fits_form = True

    def _check(self, min_iou: float) -> None:
        check_round_trip(
            self._codec,
            self._images,
            ('object',),
            family_name=self._family.name,
            family_codec=self._family.codec_name,
            min_iou=min_iou,
        )
