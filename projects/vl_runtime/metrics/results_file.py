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


def write_results(
    outfile_prefix: str, rows: Sequence[dict[str, Any]], kinds: Sequence[str] = ('bbox',)
) -> None:
    """Write COCO results, one file ``<outfile_prefix>.<kind>.json`` per kind, and log them.

    Args:
        rows: ``image_id``, ``category_id``, ``score``, ``bbox`` (xywh) and, for the kind
            ``segm``, ``segmentation`` (a run-length code).
    """
    for kind in kinds:
        left_out = 'bbox' if kind == 'segm' else 'segmentation'
        write_json(
            f'{outfile_prefix}.{kind}.json',
            [{key: _plain(value) for key, value in row.items() if key != left_out} for row in rows],
        )
        print_log(f'Predictions: {outfile_prefix}.{kind}.json', logger='current')


def _plain(value: Any) -> Any:
    """``value`` as JSON takes it: the counts of a run-length code are bytes."""
    if isinstance(value, dict):
        return dict(value, counts=value['counts'].decode())
    return value
