"""What a user of exported weights must know to ask as the model was trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlm_detector.models.detectors import VLMDetector

PROMPT_FILE = 'prompt.json'


def prompt_record(detector: VLMDetector, classes: Sequence[str]) -> dict[str, Any]:
    """Prompt, codec, pixel limits, classes and score as plain values."""
    codec = detector.codec
    return {
        'family': detector.family.name,
        'base_model': detector.source.name,
        'base_revision': detector.source.revision,
        'prompts': detector.prompts.record(),
        'codec': {
            'name': codec.name,
            'type': type(codec).__name__,
            **{
                key: value
                for key, value in vars(codec).items()
                if not key.startswith('_') and isinstance(value, str | int | float | bool)
            },
        },
        'pixels': detector.encoder.pixel_settings(),
        'classes': list(classes),
        'score': detector.score,
    }
