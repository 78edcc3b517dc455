"""Read the text embeddings that tools/generate_text_prompts.py writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from vl_runtime.errors import InputFileNotFoundError, InputValueError, UserInputError
from yolo_world.reparameterize import checked_embeddings


def load_embeddings(path: str | Path) -> Tensor:
    """Text embeddings (N, D), float32, of an ``.npy`` file.

    Raises:
        InputFileNotFoundError: the file is not there.
        InputValueError: it is no such file, or of another shape.
    """
    if not Path(path).is_file():
        raise InputFileNotFoundError(
            f'{path}: embedding file not found; tools/generate_text_prompts.py writes one.'
        )
    try:
        values = np.load(path, allow_pickle=False)
        return checked_embeddings(values)
    except (ValueError, TypeError, EOFError, OSError) as error:
        reason = error if isinstance(error, UserInputError) else 'expected numbers in .npy format.'
        raise InputValueError(f'{path}: {reason}') from error
