"""Clip a box to its image and say why one can't be used."""

from __future__ import annotations

import math

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport

_SLACK_PIXELS = 1.0  # rounding of the annotation tool; not worth a line in the report
_Box = tuple[float, float, float, float]


def usable_box(
    box_xyxy: _Box, size_wh: tuple[int, int], where: str, report: ConversionReport
) -> _Box | None:
    """The part of ``box_xyxy`` inside the image; None (noted) when nothing of it is left.

    Args:
        box_xyxy: pixels.
        size_wh: of the image.
        where: file and index, for the message.
        report: receives a note for an empty box, one outside, and one that was clipped.

    Raises:
        BrokenInput: NaN or infinite, or a corner before the other.
    """
    x1, y1, x2, y2 = box_xyxy
    shown = ' '.join(f'{value:g}' for value in box_xyxy)
    if not all(map(math.isfinite, box_xyxy)):
        raise BrokenInput(f'{where}: expected four finite numbers for a box, found {shown}.')
    if x2 < x1 or y2 < y1:
        raise BrokenInput(
            f'{where}: expected x1 <= x2 and y1 <= y2, found the box {shown} of negative size.'
        )
    if x1 == x2 or y1 == y2:
        report.note('empty boxes left out', f'{where}, box {shown}')
        return None
    width, height = size_wh
    clipped = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
    if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
        report.note(
            'boxes outside their image left out', f'{where}, box {shown} in {width} x {height}'
        )
        return None
    if max(abs(new - old) for new, old in zip(clipped, box_xyxy, strict=True)) > _SLACK_PIXELS:
        report.note('boxes clipped to their image', f'{where}, box {shown} in {width} x {height}')
    return clipped
