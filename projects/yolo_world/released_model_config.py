"""The model config that all released YOLO-World detectors share."""

from __future__ import annotations

from typing import Any

RELEASED_NORM = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
RELEASED_PREPROCESSOR = {'mean': [0.0] * 3, 'std': [255.0] * 3, 'bgr_to_rgb': True}


def released_model_config(
    image_model: dict[str, Any], neck: dict[str, Any], head_module: dict[str, Any]
) -> dict[str, Any]:
    """Config of a ``YOLOWorldDetector`` without text model, from its three parts.

    Args:
        image_model, neck: complete.
        head_module: arguments of ``YOLOWorldHeadModule``.
    """
    return {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'data_preprocessor': {'type': 'YOLOWDetDataPreprocessor', **RELEASED_PREPROCESSOR},
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': image_model,
            'text_model': None,
            'with_text_model': False,
        },
        'neck': neck,
        'bbox_head': {
            'type': 'YOLOWorldHead',
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'norm_cfg': RELEASED_NORM,
                **head_module,
            },
        },
    }
