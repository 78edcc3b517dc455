"""Names of Ultralytics' YOLOv8 layers and of mmyolo's, which ours extend."""

from __future__ import annotations

import re

_LAYERS = {
    0: 'backbone.stem',
    1: 'backbone.stage1.0',
    2: 'backbone.stage1.1',
    3: 'backbone.stage2.0',
    4: 'backbone.stage2.1',
    5: 'backbone.stage3.0',
    6: 'backbone.stage3.1',
    7: 'backbone.stage4.0',
    8: 'backbone.stage4.1',
    9: 'backbone.stage4.2',
    12: 'neck.top_down_layers.0',
    15: 'neck.top_down_layers.1',
    16: 'neck.downsample_layers.0',
    18: 'neck.bottom_up_layers.0',
    19: 'neck.downsample_layers.1',
    21: 'neck.bottom_up_layers.1',
    22: 'bbox_head.head_module',
}
_CSP = frozenset({2, 4, 6, 8, 12, 15, 18, 21})
_POOLING, _HEAD = 9, 22
_CSP_RULES = (
    (r'^cv1\.', 'main_conv.'),
    (r'^cv2\.', 'final_conv.'),
    (r'^m\.(\d+)\.cv([12])\.', r'blocks.\1.conv\2.'),
    (r'^attn\.gl\.', 'attn_block.guide_fc.'),
    (r'^attn\.ec\.', 'attn_block.embed_conv.'),
    (r'^attn\.proj_conv\.', 'attn_block.project_conv.'),
    (r'^attn\.(bias|scale)$', r'attn_block.\1'),
)
_POOLING_RULES = ((r'^cv([12])\.', r'conv\1.'),)
_HEAD_RULES = (
    (r'^cv2\.', 'reg_preds.'),
    (r'^cv3\.', 'cls_preds.'),
    (r'^cv4\.', 'cls_contrasts.'),
)


def our_name(key: str) -> str | None:
    """The name in mmyolo's layout of ``model.<layer>.<rest>``; None for what has none."""
    match = re.match(r'model\.(\d+)\.(.+)$', key)
    layer = int(match.group(1)) if match else None
    if layer not in _LAYERS:
        return None
    rest = match.group(2)
    if layer in _CSP:
        rules = _CSP_RULES
    else:
        rules = {_POOLING: _POOLING_RULES, _HEAD: _HEAD_RULES}.get(layer)
    if rules is None:
        return f'{_LAYERS[layer]}.{rest}'
    for pattern, replacement in rules:
        if re.match(pattern, rest):
            return f'{_LAYERS[layer]}.{re.sub(pattern, replacement, rest)}'
    return None


def world_name(name: str) -> str:
    """mmyolo's name inside the two-part backbone of YOLO-World."""
    if name.startswith('backbone.'):
        return f'backbone.image_model.{name.removeprefix("backbone.")}'
    return name
