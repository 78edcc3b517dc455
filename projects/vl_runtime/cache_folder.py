"""Where things that can be computed again are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$MMGROUND_CACHE`` or ``~/.cache/mmground``; it need not be there."""
    return Path(os.environ.get('MMGROUND_CACHE') or '~/.cache/mmground').expanduser()
