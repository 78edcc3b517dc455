"""Checks on real boxes: does the codec fit the model family, and what does it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vl_runtime.boxes import box_iou
from vl_runtime.errors import InputValueError
from vlm_detector.codecs.box_codec import BoxCodec, SizeWH
from vlm_detector.codecs.codec_names import codec_of
from vlm_detector.codecs.parsed_boxes import ParsedBoxes


@dataclass(frozen=True)
class AnnotatedImage:
    """The objects of one picture: boxes (n, 4) xyxy pixels of the image, labels (n,)."""

    boxes_xyxy: np.ndarray
    labels: np.ndarray
    image_size_wh: SizeWH
    model_size_wh: SizeWH


@dataclass(frozen=True)
class RoundTrip:
    """IoU of annotated boxes with themselves after encode and decode.

    Attributes:
        mean_iou: 0..1 over all boxes; a box that doesn't come back counts 0. 1 if there
            is no box.
        num_boxes, num_lost: boxes inside their images, and how many didn't come back.
    """

    mean_iou: float
    num_boxes: int
    num_lost: int


def check_round_trip(
    codec: BoxCodec,
    images: Iterable[AnnotatedImage],
    class_names: Sequence[str],
    *,
    family_name: str,
    family_codec: str,
    min_iou: float = 0.9,
) -> RoundTrip:
    """Stop a training whose boxes the model family would read elsewhere, or not finely enough.

    Two codecs of one answer form mean different places by the same text, such as pixels
    and thousandths. Then the family's pretrained weights and the training data disagree,
    labels come out right and every box is shifted.

    Args:
        images: some pictures of the training data; a few hundred objects are plenty.
        family_codec: name of the codec that the family was pretrained with.
        min_iou: lowest mean IoU in 0..1 that is accepted.

    Raises:
        InputValueError: wrong codec for the family, or the mean IoU is below ``min_iou``.
    """
    images = list(images)
    if codec.name != family_codec and codec.answer_form == codec_of(family_codec).answer_form:
        read = _mean_round_trip(codec, codec_of(family_codec), images, class_names)
        raise InputValueError(
            f'codec {codec.name!r} does not fit model family {family_name!r}: both it and the '
            f"family's codec {family_codec!r} write the form {codec.answer_form!r}, but place "
            f'boxes differently (mean IoU {read.mean_iou:.2f} over {read.num_boxes} boxes, '
            f"expected at least {min_iou:g}); leave out codec=, or set codec='{family_codec}'."
        )
    result = _mean_round_trip(codec, codec, images, class_names)
    if result.mean_iou < min_iou:
        raise InputValueError(
            f'codec {codec.name!r} of model family {family_name!r}: boxes come back from encode '
            f'and decode with a mean IoU of {result.mean_iou:.2f} over {result.num_boxes} boxes '
            f'({result.num_lost} lost), expected at least {min_iou:g}; check that the boxes are '
            'pixels of the image after its transforms. If they are right, the objects are too '
            'small for the codec: cut the images into tiles, or lower min_iou.'
        )
    return result


def upper_bound_boxes(
    codec: BoxCodec,
    boxes_xyxy: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    *,
    image_size_wh: SizeWH,
    model_size_wh: SizeWH,
) -> ParsedBoxes:
    """The best boxes that an answer can give: the annotated ones, encoded and decoded."""
    sizes = {'image_size_wh': image_size_wh, 'model_size_wh': model_size_wh}
    # Any order gives the same boxes; a random one would use up the training's generator.
    rng = np.random.default_rng(0)
    text = codec.encode(boxes_xyxy, labels, class_names, rng=rng, **sizes)
    return codec.decode(text, class_names, **sizes)


def _mean_round_trip(
    writer: BoxCodec,
    reader: BoxCodec,
    images: Sequence[AnnotatedImage],
    class_names: Sequence[str],
) -> RoundTrip:
    ious = [np.zeros(0)]
    for image in images:
        sizes = {'image_size_wh': image.image_size_wh, 'model_size_wh': image.model_size_wh}
        boxes = np.asarray(image.boxes_xyxy, np.float64).reshape(-1, 4)
        written = writer.encode_objects(
            boxes, image.labels, class_names, rng=np.random.default_rng(0), **sizes
        )
        read = reader.decode(written.text, class_names, **sizes)
        labels = np.asarray(image.labels)[written.indices]
        same = labels[:, None] == read.labels[None, :]
        overlaps = box_iou(boxes[written.indices], read.boxes_xyxy) * same
        ious.append(overlaps.max(1, initial=0.0))
    values = np.concatenate(ious)
    mean = float(values.mean()) if values.size else 1.0
    return RoundTrip(mean, len(values), int((values == 0).sum()))
