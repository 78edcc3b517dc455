"""Read a mask picture as grey values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.image_checks import explain_image_error

_DEEP_MODES = ('I', 'I;16', 'I;16B', 'I;16L')  # 16 bits, as PIL calls them


def read_mask(path: Path) -> np.ndarray:
    """Grey values (H, W), uint8, of a mask in grey, colour, palette, 1 or 16 bits; no alpha.

    The file is decoded to its end: half a mask would be a wrong box without a word.

    Raises:
        InputFileNotFoundError: there is no such file.
        BrokenInput: it is cut off, or no such picture.
    """
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode in _DEEP_MODES:
                return (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
            if image.mode == 'F':
                raise BrokenInput(f'{path}: expected a mask of whole numbers, found fractions.')
            return np.asarray(image.convert('L'))
    except (UnidentifiedImageError, FileNotFoundError, IsADirectoryError):
        explain_image_error(path, lambda _: None)
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, BrokenInput):
            raise
        raise BrokenInput(f'{path}: cannot be read to its end as a mask ({error}).') from error
