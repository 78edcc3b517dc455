"""TensorBoard is optional.

Why: mmengine's backend raises a stack trace when the package is not installed, after the model
was built. A training doesn't need it: the same curves are in ``scalars.json``.
Until: mmengine leaves out a backend that can't be used.
"""

from __future__ import annotations

import logging

from mmengine.config import Config
from mmengine.logging import print_log

from vl_runtime.compat import optional


def drop_missing_tensorboard(config: Config) -> None:
    """Take the backend out of ``config`` where the package is missing, and say so."""
    visualizer = config.get('visualizer') or {}
    places = [place for place in (config, visualizer) if place.get('vis_backends')]
    wanted = any(_is_tensorboard(one) for place in places for one in place['vis_backends'])
    if not wanted or optional.available('tensorboard') or optional.available('tensorboardX'):
        return
    for place in places:
        place['vis_backends'] = [one for one in place['vis_backends'] if not _is_tensorboard(one)]
    print_log(
        'TensorBoard is not installed, so this run writes no event files (pip install '
        'tensorboard); its curves are in vis_data/scalars.json.',
        logger='current',
        level=logging.WARNING,
    )


def _is_tensorboard(backend: dict) -> bool:
    return str(backend.get('type')).endswith('TensorboardVisBackend')
