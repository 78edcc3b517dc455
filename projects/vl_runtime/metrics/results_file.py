"""The file of predictions that a metric writes for a test server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.logging import print_log

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputValueError


def check_format_only(metric: str, format_only: bool, outfile_prefix: str | None) -> None:
    """Raise when the metric named ``metric`` shall only write and isn't told where.

    Raises:
        InputValueError: ``format_only`` without ``outfile_prefix``.
    """
    if format_only and outfile_prefix is None:
        raise InputValueError(f'{metric}: format_only=True writes a file and needs outfile_prefix.')


def write_box_results(outfile_prefix: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write COCO results (``image_id``, ``category_id``, ``bbox`` xywh, ``score``) and log it.

    The file is ``<outfile_prefix>.bbox.json``.
    """
    write_json(f'{outfile_prefix}.bbox.json', rows)
    print_log(f'Predictions: {outfile_prefix}.bbox.json', logger='current')
