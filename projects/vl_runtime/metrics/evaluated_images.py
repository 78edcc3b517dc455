"""Which pictures an evaluation counts, and one line in the log for what it left out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from mmengine.logging import print_log

from vl_runtime.errors import InputValueError


def results_by_image(
    results: Sequence[dict[str, Any]], images: Sequence[dict[str, Any]], source: str
) -> dict[Any, dict[str, Any]]:
    """The processed results by picture, in order of evaluation, first answer first.

    Args:
        results: each has ``img_id`` and ``num_dropped`` (predictions that were not finite).
        images: the ``images`` of the annotation file ``source``.

    Raises:
        InputValueError: a picture is not in the file.
    """
    known = {image['id'] for image in images}
    by_image: dict[Any, dict[str, Any]] = {}
    for result in results:
        if result['img_id'] not in known:
            raise InputValueError(
                f'{source}: picture {result["img_id"]!r} was evaluated, but is not among the '
                f'{len(known)} images of the file; the data set and the metric must use the '
                'same annotation file.'
            )
        by_image.setdefault(result['img_id'], result)
    warn_left_out(len(results) - len(by_image), 'pictures came twice; the first answer counts')
    warn_left_out(len(known) - len(by_image), f'pictures of {source} were not evaluated')
    warn_left_out(
        sum(result['num_dropped'] for result in results), 'predictions were NaN or infinite'
    )
    return by_image


def warn_left_out(count: int, what: str) -> None:
    """Log ``<count> <what>.`` as a warning, if there are any."""
    if count > 0:
        print_log(f'Evaluation: {count} {what}.', 'current', logging.WARNING)
