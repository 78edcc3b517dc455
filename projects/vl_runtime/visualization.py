"""Draw boxes with names and scores, and grids of pictures.

Images are arrays (H, W, 3), uint8, BGR; boxes are (n, 4) x1 y1 x2 y2 in pixels,
masks (n, H, W) bool.
Text is drawn with DejaVu Sans (any alphabet it has; see ``vl_runtime.label_font``
for the others). Sizes follow the picture, so that text is legible on a thumbnail
and on a photograph of 40 megapixels.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from vl_runtime.errors import InputValueError
from vl_runtime.label_font import label_font

# RGB; neighbours differ in hue and in lightness, none is near black, white or grey.
_PALETTE = (
    (230, 25, 75),
    (60, 180, 75),
    (0, 110, 220),
    (255, 200, 0),
    (245, 130, 48),
    (145, 30, 180),
    (0, 200, 220),
    (240, 50, 230),
    (170, 220, 40),
    (170, 110, 40),
    (0, 128, 128),
    (250, 150, 170),
    (110, 60, 220),
    (128, 128, 0),
    (255, 120, 90),
    (90, 200, 150),
)
_GOLDEN_ANGLE = 0.61803398875
_MIN_LONG_SIDE = 480  # smaller pictures are enlarged before drawing: text needs pixels
_BACKGROUND = 245
_MASK_OPACITY = 0.45  # the object's texture stays visible
_Box = tuple[float, float, float, float]


def label_colour(label: int) -> tuple[int, int, int]:
    """The fixed RGB colour of a label; every run draws label 3 in the same one."""
    if 0 <= label < len(_PALETTE):
        return _PALETTE[label]
    hue = (label * _GOLDEN_ANGLE) % 1.0
    value = 0.95 if label % 2 else 0.75
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.8, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def draw_boxes(
    image: np.ndarray,
    boxes_xyxy: np.ndarray,
    names: Sequence[str],
    *,
    scores: Sequence[float] | None = None,
    labels: Sequence[int] | None = None,
    masks: np.ndarray | None = None,
) -> np.ndarray:
    """A new picture with a frame, a name and a score for each box.

    Args:
        boxes_xyxy: (n, 4) pixels of ``image``.
        names: n texts, any alphabet.
        scores: n values 0..1, shown with two digits.
        labels: n integers that choose the colours; by default equal names share one.
        masks: (n, H, W) bool, shown as coloured areas.

    Returns:
        The picture, (H, W, 3), uint8, BGR. One whose long side is below 480 pixels comes
        back enlarged by a whole number, any other in its own size.

    Raises:
        InputValueError: the numbers of boxes, names, scores, labels and masks differ, or the
            masks have another size than the picture.
    """
    boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
    labels = _labels_of(names) if labels is None else [int(label) for label in labels]
    given = {'names': names, 'scores': scores, 'labels': labels, 'masks': masks}
    for what, values in given.items():
        if values is not None and len(values) != len(boxes):
            raise InputValueError(
                f'{what}: expected one for each of {len(boxes)} boxes, found {len(values)}.'
            )
    order = np.argsort(scores, kind='stable') if scores is not None else np.arange(len(boxes))
    colours = [label_colour(label) for label in labels]
    if masks is not None:
        image = _with_masks(image, masks, colours, order)
    long_side = max(image.shape[:2])
    factor = max(1, -(-_MIN_LONG_SIDE // long_side))
    canvas = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    picture = Image.fromarray(cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB))
    captions = [_caption(name, scores, index) for index, name in enumerate(names)]
    _draw(picture, boxes * factor, captions, colours, order)
    return cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)


def draw_detections(
    image: np.ndarray,
    boxes_xyxy: np.ndarray,
    labels: Sequence[int],
    texts: Sequence[str],
    scores: Sequence[float] | None = None,
    masks: np.ndarray | None = None,
) -> np.ndarray:
    """``draw_boxes`` for labels that count through ``texts``."""
    names = [texts[label] if label < len(texts) else f'class {label}' for label in map(int, labels)]
    return draw_boxes(image, boxes_xyxy, names, scores=scores, labels=labels, masks=masks)


def _with_masks(image: np.ndarray, masks: np.ndarray, colours, order: np.ndarray) -> np.ndarray:
    """A copy with each object's pixels tinted and outlined, the best score on top."""
    if masks.shape[1:] != image.shape[:2]:
        raise InputValueError(
            f'masks: expected the size {image.shape[:2]} (height, width) of the picture, '
            f'found {masks.shape[1:]}.'
        )
    canvas = image.copy()
    thickness = max(1, round(max(image.shape[:2]) / 600))
    for index in order:
        area = masks[index].astype(bool)
        colour = np.array(colours[index][::-1], np.float32)
        tinted = canvas[area] * (1 - _MASK_OPACITY) + colour * _MASK_OPACITY
        canvas[area] = tinted.round().astype(np.uint8)
        outlines, _ = cv2.findContours(
            area.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(canvas, outlines, -1, colours[index][::-1], thickness)
    return canvas


def _labels_of(names: Sequence[str]) -> list[int]:
    position = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return [position[name] for name in names]


def _caption(name: str, scores: Sequence[float] | None, index: int) -> str:
    shown = ' '.join(str(name).split()) or '(blank)'
    return shown if scores is None else f'{shown} {float(scores[index]):.2f}'


def _draw(picture: Image.Image, boxes: np.ndarray, captions, colours, order: np.ndarray) -> None:
    """Frames first, the best score last; then the captions, the best score placed first."""
    draw = ImageDraw.Draw(picture)
    long_side = max(picture.size)
    thickness = max(2, round(long_side / 300))
    size = int(np.clip(round(long_side / 46), 13, 90))
    for index in order:
        box = _drawable(boxes[index], picture.size)
        draw.rectangle(box, outline=colours[index], width=thickness)
    taken: list[_Box] = []
    for index in order[::-1]:
        font = label_font(captions[index], size)
        left, top, right, bottom = draw.textbbox((0, 0), captions[index], font=font)
        padding = max(2, size // 6)
        width, height = right - left + 2 * padding, bottom - top + 2 * padding
        area = _place(_drawable(boxes[index], picture.size), width, height, picture.size, taken)
        taken.append(area)
        draw.rectangle(area, fill=colours[index])
        draw.text(
            (area[0] + padding - left, area[1] + padding - top),
            captions[index],
            font=font,
            fill=_ink(colours[index]),
        )


def _drawable(box: np.ndarray, size_wh: tuple[int, int]) -> _Box:
    """Inside the picture and at least one pixel large, whatever the box is."""
    limit = np.array([*size_wh, *size_wh], dtype=np.float64) - 1
    x1, y1, x2, y2 = np.clip(np.nan_to_num(box), 0, limit).round()
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _place(
    box: _Box, width: float, height: float, size_wh: tuple[int, int], taken: list[_Box]
) -> _Box:
    """The rectangle of a caption: the first of six places that covers no other caption.

    When each covers one, the place that covers least is taken.
    """
    x1, y1, x2, y2 = box
    places = [
        (x1, y1 - height),
        (x1, y1),
        (x1, y2),
        (x2 - width, y1 - height),
        (x2 - width, y2),
        (x1, y2 - height),
    ]
    areas = []
    for left, top in places:
        left = min(max(left, 0), max(size_wh[0] - width, 0))
        top = min(max(top, 0), max(size_wh[1] - height, 0))
        areas.append((left, top, left + width, top + height))
    covered = [sum(_overlap(area, other) for other in taken) for area in areas]
    return areas[int(np.argmin(covered))]


def _overlap(first: _Box, second: _Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)


def _ink(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black on light colours, white on dark ones (ITU-R BT.601 luma)."""
    luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return (0, 0, 0) if luma > 150 else (255, 255, 255)


def image_grid(
    images: Sequence[np.ndarray],
    captions: Sequence[str] | None = None,
    *,
    columns: int = 4,
    cell_size: int | tuple[int, int] = 320,
) -> np.ndarray:
    """Pictures of any size side by side, each with an optional caption under it.

    Args:
        images: at least one picture, (H, W, 3), uint8, BGR; each is scaled to fit its cell.
        captions: one for each picture; a long one is cut to two lines.
        columns: pictures in a row (fewer when there are fewer pictures).
        cell_size: (width, height) of a picture's cell in pixels, or both as one number.

    Returns:
        One picture, (H, W, 3), uint8, BGR.

    Raises:
        InputValueError: no picture, or another number of captions than pictures.
    """
    if not len(images):
        raise InputValueError('images: expected at least one picture for a grid, found none.')
    if captions is not None and len(captions) != len(images):
        raise InputValueError(
            f'captions: expected one for each of {len(images)} pictures, found {len(captions)}.'
        )
    width, height = (cell_size, cell_size) if isinstance(cell_size, int) else cell_size
    strip = 0 if captions is None else 42
    gap = 6
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    shape = (rows * (height + strip + gap) + gap, columns * (width + gap) + gap, 3)
    canvas = np.full(shape, _BACKGROUND, np.uint8)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = gap + row * (height + strip + gap), gap + column * (width + gap)
        _paste(canvas[top : top + height, left : left + width], image)
        if captions is not None:
            _write_caption(
                canvas[top + height : top + height + strip, left : left + width], captions[index]
            )
    return canvas


def _paste(cell: np.ndarray, image: np.ndarray) -> None:
    height, width = image.shape[:2]
    factor = min(cell.shape[1] / width, cell.shape[0] / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, size, interpolation=method)
    top, left = (cell.shape[0] - size[1]) // 2, (cell.shape[1] - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = image


def _write_caption(cell: np.ndarray, caption: str, size: int = 14) -> None:
    """At most two lines of text, centred; what does not fit ends in an ellipsis."""
    picture = Image.fromarray(cell)
    draw = ImageDraw.Draw(picture)
    font = label_font(caption, size)
    lines, rest = [], ' '.join(caption.split())
    for number in range(2):
        line, rest = _fitting(draw, font, rest, cell.shape[1] - 4, last=number == 1)
        lines.append(line)
    for number, line in enumerate(lines):
        left = (cell.shape[1] - draw.textlength(line, font=font)) / 2
        draw.text((left, 2 + number * (size + 5)), line, font=font, fill=(20, 20, 20))
    cell[:] = np.asarray(picture)


def _fitting(draw: ImageDraw.ImageDraw, font, text: str, width: int, last: bool) -> tuple[str, str]:
    """The longest beginning of ``text`` that fits (at a blank where possible), and the rest."""
    if draw.textlength(text, font=font) <= width:
        return text, ''
    length = len(text)
    ellipsis = '…' if last else ''
    while length > 1 and draw.textlength(text[:length] + ellipsis, font=font) > width:
        length -= 1
    blank = text.rfind(' ', 0, length + 1)
    if not last and blank > 0:
        return text[:blank], text[blank + 1 :]
    return text[:length].rstrip() + ellipsis, text[length:].lstrip()
