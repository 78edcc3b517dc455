"""In which order the objects of a picture are written."""

from __future__ import annotations

import numpy as np

from vl_runtime.errors import InputValueError, did_you_mean

ORDERS = ('raster', 'area', 'label', 'random')


def check_order(order: str, owner: str) -> str:
    """``order`` if it is one of ``ORDERS``.

    Raises:
        InputValueError: it isn't; the message starts with ``owner``.
    """
    if order not in ORDERS:
        raise InputValueError(
            f'{owner}: expected order {", ".join(map(repr, ORDERS))}, found {order!r}.'
            f'{did_you_mean(str(order), ORDERS)}'
        )
    return order


def object_order(
    boxes_xyxy: np.ndarray,
    labels: np.ndarray,
    order: str,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """(n,) indices of ``boxes_xyxy`` (n, 4) in writing order.

    Args:
        labels: (n,), of the boxes.
        order: ``raster`` (top to bottom, then left to right, by the upper left corner),
            ``area`` (largest first, then raster), ``label`` (in the order of the classes, then
            raster) or ``random``.
        rng: for ``random``; numpy's seeded global generator if None.
    """
    if order == 'random':
        return (np.random if rng is None else rng).permutation(len(boxes_xyxy))
    x1, y1, x2, y2 = boxes_xyxy.T
    # The last key decides first. Far corners settle ties, whatever the input order was.
    keys = [y2, x2, x1, y1]
    if order == 'area':
        keys.append(-(x2 - x1) * (y2 - y1))
    if order == 'label':
        keys.append(labels)
    return np.lexsort(keys)
