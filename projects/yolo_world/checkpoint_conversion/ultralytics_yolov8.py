"""Ultralytics' YOLOv8 -> mmyolo's YOLOv8, or a start for YOLO-World.

YOLO-World's fusing convolutions have one more input, the text-guided branch. Its weights
start at zero here, so that the neck and the boxes are what YOLOv8 computed until training
brings the texts in. The last class convolution has no counterpart: YOLO-World's gives
embeddings that are compared with texts.
"""

from __future__ import annotations

import re

import torch

from yolo_world.checkpoint_conversion.converted_weights import ConvertedWeights
from yolo_world.checkpoint_conversion.ultralytics_file import YOLOV8, UltralyticsFile
from yolo_world.checkpoint_conversion.ultralytics_layers import our_name, world_name
from yolo_world.checkpoint_conversion.ultralytics_yolo_world import FIXED, NO_PLACE

_CLASS_BRANCH = 'class branch of a fixed list, which YOLO-World replaces by texts'
_WIDENED = 'widened by zeros for the text-guided branch'


def convert_yolov8(file: UltralyticsFile) -> ConvertedWeights:
    """Every weight under the names of mmyolo's ``YOLODetector``."""
    result = ConvertedWeights(YOLOV8, classes=file.classes)
    for key, value in file.state_dict.items():
        name = our_name(key)
        if key.startswith('model.22.dfl.'):
            result.leave_out(FIXED, key)
        elif name is None:
            result.leave_out(NO_PLACE, key)
        else:
            result.state_dict[name] = value
    return result


def convert_yolov8_to_world(file: UltralyticsFile) -> ConvertedWeights:
    """Backbone, neck, box branch and the hidden class convolutions of YOLO-World v2."""
    plain = convert_yolov8(file)
    result = ConvertedWeights(YOLOV8, left_out=plain.left_out)
    for name, value in plain.state_dict.items():
        if re.match(r'bbox_head\.head_module\.cls_preds\.\d\.2\.', name):
            result.leave_out(_CLASS_BRANCH, name)
            continue
        if re.match(r'neck\.\w+_layers\.\d\.final_conv\.conv\.weight', name):
            value = _with_room_for_attention(value, name, plain)
            result.note_change(_WIDENED, name)
        result.state_dict[world_name(name)] = value
    return result


def _with_room_for_attention(
    weight: torch.Tensor, name: str, plain: ConvertedWeights
) -> torch.Tensor:
    """(out, (2 + n) mid, 1, 1) -> (out, (3 + n) mid, 1, 1), the last mid columns zero."""
    block = name.replace('final_conv.conv.weight', 'blocks.0.conv1.conv.weight')
    mid = plain.state_dict[block].shape[0]
    return torch.cat((weight, weight.new_zeros(weight.shape[0], mid, 1, 1)), dim=1)
