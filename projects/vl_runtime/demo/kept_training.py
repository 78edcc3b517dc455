"""A training that is done once, whatever stops it in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from mmengine.config import Config

from vl_runtime import launch
from vl_runtime.atomic_files import write_text

_BEGUN, _DONE = 'begun.json', 'trained.json'


def kept_training(config: Config, folder: str | Path, say: Callable[[str], None]) -> Path:
    """Train, or keep the weights of an earlier run of the same recipe; a stopped one goes on.

    Args:
        config: the recipe; it has a BestCheckpointHook.
        folder: logs and checkpoints.
        say: shows one line to the person who waits.

    Returns:
        ``best.pth``.
    """
    folder = Path(folder)
    best, begun, done = folder / 'best.pth', folder / _BEGUN, folder / _DONE
    recipe = config.pretty_text
    if best.is_file() and done.is_file() and done.read_text() == recipe:
        say(f'kept from an earlier run; remove {folder} to train again')
        return best
    goes_on = begun.is_file() and begun.read_text() == recipe
    done.unlink(missing_ok=True)
    write_text(begun, recipe)
    start = time.perf_counter()
    runner = launch.train(config, work_dir=folder, resume='auto' if goes_on else None)
    say(f'{runner.iter} steps in {time.perf_counter() - start:.0f} s')
    write_text(done, recipe)
    return best
