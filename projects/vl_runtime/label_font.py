"""A font that has the letters of a label."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

_DEFAULT = Path(matplotlib.get_data_path()) / 'fonts' / 'ttf' / 'DejaVuSans.ttf'


def label_font(text: str, size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans of ``size`` pixels, or an installed font that has all letters of ``text``.

    DejaVu (which matplotlib carries) covers Latin, Greek, Cyrillic and more. For Chinese,
    Japanese, Korean and so on an installed font is looked for; without one the letters
    show as empty frames.
    """
    missing = frozenset(text) - _letters(str(_DEFAULT)) - frozenset(' \t\n')
    path = str(_DEFAULT) if not missing else _installed_font_with(frozenset(text))
    return _load(path, size)


@cache
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _letters(path: str) -> frozenset[str]:
    return frozenset(map(chr, FT2Font(path).get_charmap()))


@cache
def _installed_font_with(letters: frozenset[str]) -> str:
    paths = sorted({entry.fname for entry in font_manager.fontManager.ttflist})
    # Matplotlib's "Last Resort" font draws a frame for every letter there is.
    paths = [path for path in paths if 'LastResort' not in path]
    needed = letters - frozenset(' \t\n')
    return next((path for path in paths if needed <= _letters(path)), str(_DEFAULT))
