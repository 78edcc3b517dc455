"""The ``model`` dict of a detector: where its model is and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vl_runtime.errors import InputKeyError

MODEL_KEYS = {'source', 'revision', 'dtype', 'attn_implementation', 'min_pixels', 'max_pixels'}


def check_model_settings(model: Mapping[str, Any]) -> None:
    """Raise InputKeyError for unknown keys, or without ``source``."""
    if set(model) - MODEL_KEYS or 'source' not in model:
        raise InputKeyError(
            f'model.model: expected source and some of {", ".join(sorted(MODEL_KEYS))}, '
            f'found {sorted(model)}.'
        )
