"""Ultralytics' YOLO-World v2 -> ours: the same architecture under other names."""

from __future__ import annotations

from yolo_world.checkpoint_conversion.converted_weights import ConvertedWeights
from yolo_world.checkpoint_conversion.ultralytics_file import WORLD_V2, UltralyticsFile
from yolo_world.checkpoint_conversion.ultralytics_layers import our_name, world_name

FIXED = 'fixed numbers that the head computes itself'
NO_PLACE = 'no counterpart here'


def convert_world_v2(file: UltralyticsFile) -> ConvertedWeights:
    """Every weight but the fixed distance ramp; the text encoder is CLIP and not in the file."""
    result = ConvertedWeights(WORLD_V2, classes=file.classes)
    for key, value in file.state_dict.items():
        name = our_name(key)
        if key.startswith('model.22.dfl.'):
            result.leave_out(FIXED, key)
        elif name is None:
            result.leave_out(NO_PLACE, key)
        else:
            # Ultralytics keeps the bias of a contrast as a vector of one.
            is_contrast_bias = name.endswith('.bias') and '.cls_contrasts.' in name
            scalar = is_contrast_bias and '.norm.' not in name
            result.state_dict[world_name(name)] = value.reshape(()) if scalar else value
    return result
