"""The state of Python's, numpy's and torch's global random numbers as plain values."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def random_state() -> dict[str, Any]:
    """The present state of every global generator of this process.

    Only dicts, lists, numbers and tensors, so that a checkpoint with it loads safely.
    ``cuda`` is the state of the process's GPU, None without one.
    """
    version, numbers, gauss = random.getstate()
    _, keys, position, has_gauss, cached = np.random.get_state()
    has_gpu = torch.cuda.is_available() and torch.cuda.is_initialized()
    return {
        'python': [version, list(numbers), gauss],
        'numpy': [torch.from_numpy(keys.astype(np.int64)), int(position), has_gauss, cached],
        'torch': torch.get_rng_state(),
        'cuda': torch.cuda.get_rng_state() if has_gpu else None,
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Put the global generators back to what ``random_state`` returned."""
    version, numbers, gauss = state['python']
    random.setstate((version, tuple(numbers), gauss))
    keys, position, has_gauss, cached = state['numpy']
    keys = keys.cpu().numpy().astype(np.uint32)
    np.random.set_state(('MT19937', keys, position, has_gauss, cached))
    torch.set_rng_state(state['torch'].cpu())
    if state['cuda'] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


def seed_cpu(seed: int) -> None:
    """Seed the three generators of the CPU; those of a GPU are left as they are.

    Args:
        seed: 0 .. 2**32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
