"""What the released weights hold: every key and shape, written down from their inventory.

Nothing here comes from the models of the project, so a test can compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shapes = dict[str, tuple[int, ...]]
_HEAD = 'bbox_head.head_module'
_TEXT = 'backbone.text_model.model'
_DEPTHS = (1, 2, 2, 1)  # bottlenecks of a backbone stage of the S scale


@dataclass(frozen=True)
class Family:
    """What tells one published network from another.

    Attributes:
        stem: channels of the first convolution: 32 S, 48 M, 64 L, 80 X, 96 XL.
        depth: bottlenecks of the neck's blocks; 1 S, 2 M, 3 the others.
        last: channels of the coarsest level.
        text: 'clip', or what stands for it: 'prompts' (embeddings), None (re-parameterised).
        attention: of the neck's blocks; 'projection' is the efficient neck.
        head: of the class branch.
        dual: image pooling attention for the texts (v1).
        masks: with mask branches.
        guide: width of the text embeddings.
    """

    stem: int
    depth: int
    last: int
    text: Literal['clip', 'prompts', None] = 'clip'
    attention: Literal['text', 'rep_conv', 'projection'] = 'text'
    head: Literal['bn', 'l2', 'rep'] = 'bn'
    dual: bool = False
    masks: bool = False
    guide: int = 512


def inventory(family: Family) -> Shapes:
    """Key -> shape of the whole state dict."""
    levels = (family.stem * 4, family.stem * 8, family.last)
    shapes = _backbone(family, levels) | _neck(family, levels) | _head(family, levels)
    if family.text == 'clip':
        shapes |= _text_tower(family.guide)
    elif family.text == 'prompts':
        shapes['embeddings'] = (80, family.guide)
    return shapes


def _norm(name: str, width: int) -> Shapes:
    values = {f'{name}.{key}': (width,) for key in ('weight', 'bias')}
    values |= {f'{name}.{key}': (width,) for key in ('running_mean', 'running_var')}
    return values | {f'{name}.num_batches_tracked': ()}


def _conv(name: str, out: int, into: int, kernel: int) -> Shapes:
    """A convolution with batch norm: no bias."""
    return {f'{name}.conv.weight': (out, into, kernel, kernel)} | _norm(f'{name}.bn', out)


def _linear(name: str, out: int, into: int) -> Shapes:
    return {f'{name}.weight': (out, into), f'{name}.bias': (out,)}


def _plain_conv(name: str, out: int, into: int) -> Shapes:
    return {f'{name}.weight': (out, into, 1, 1), f'{name}.bias': (out,)}


def _csp(name: str, into: int, out: int, blocks: int, parts: int) -> Shapes:
    """Two halves of ``out``, bottlenecks after the second, all ``parts`` joined."""
    half = out // 2
    shapes = _conv(f'{name}.main_conv', out, into, 1)
    shapes |= _conv(f'{name}.final_conv', out, parts * half, 1)
    for block in range(blocks):
        shapes |= _conv(f'{name}.blocks.{block}.conv1', half, half, 3)
        shapes |= _conv(f'{name}.blocks.{block}.conv2', half, half, 3)
    return shapes


def _backbone(family: Family, levels: tuple[int, ...]) -> Shapes:
    name = 'backbone.image_model'
    widths = (family.stem, family.stem * 2, *levels)
    shapes = _conv(f'{name}.stem', family.stem, 3, 3)
    for stage, factor in enumerate(_DEPTHS, start=1):
        blocks = factor * family.depth
        into, out = widths[stage - 1], widths[stage]
        shapes |= _conv(f'{name}.stage{stage}.0', out, into, 3)
        shapes |= _csp(f'{name}.stage{stage}.1', out, out, blocks, blocks + 2)
    shapes |= _conv(f'{name}.stage4.2.conv1', family.last // 2, family.last, 1)
    return shapes | _conv(f'{name}.stage4.2.conv2', family.last, family.last * 2, 1)


def _attention(name: str, family: Family, width: int) -> Shapes:
    shapes = _conv(f'{name}.project_conv', width, width, 3)
    if family.attention == 'projection':
        return shapes
    heads = width // 32
    shapes[f'{name}.bias'] = (heads,)
    if family.attention == 'text':
        return shapes | _linear(f'{name}.guide_fc', width, family.guide)
    return shapes | {f'{name}.guide_convs.{head}.weight': (80, 32, 1, 1) for head in range(heads)}


def _neck(family: Family, levels: tuple[int, ...]) -> Shapes:
    fine, middle, coarse = levels
    layers = {
        'top_down_layers.0': (coarse + middle, middle),
        'top_down_layers.1': (middle + fine, fine),
        'bottom_up_layers.0': (fine + middle, middle),
        'bottom_up_layers.1': (middle + coarse, coarse),
    }
    shapes = _conv('neck.downsample_layers.0', fine, fine, 3)
    shapes |= _conv('neck.downsample_layers.1', middle, middle, 3)
    for name, (into, out) in layers.items():
        shapes |= _csp(f'neck.{name}', into, out, family.depth, family.depth + 3)
        shapes |= _attention(f'neck.{name}.attn_block', family, out // 2)
    return shapes | (_text_enhancer(levels) if family.dual else {})


def _text_enhancer(levels: tuple[int, ...]) -> Shapes:
    name = 'neck.text_enhancer'
    shapes: Shapes = {}
    for index, width in enumerate(levels):
        shapes[f'{name}.projections.{index}.conv.weight'] = (256, width, 1, 1)
        shapes[f'{name}.projections.{index}.conv.bias'] = (256,)
    for part, width in (('query', 512), ('key', 256), ('value', 256)):
        shapes |= {f'{name}.{part}.0.{key}': (width,) for key in ('weight', 'bias')}
        shapes |= _linear(f'{name}.{part}.1', 256, width)
    return shapes | _linear(f'{name}.proj', 512, 256)


def _head(family: Family, levels: tuple[int, ...]) -> Shapes:
    fine = levels[0]
    regression = max(16, fine // 4, 64)
    shapes: Shapes = {}
    for index, width in enumerate(levels):
        name = f'{_HEAD}.cls_preds.{index}'
        shapes |= _conv(f'{name}.0', fine, width, 3) | _conv(f'{name}.1', fine, fine, 3)
        shapes |= _plain_conv(f'{name}.2', family.guide, fine)
        name = f'{_HEAD}.reg_preds.{index}'
        shapes |= _conv(f'{name}.0', regression, width, 3)
        shapes |= _conv(f'{name}.1', regression, regression, 3)
        shapes |= _plain_conv(f'{name}.2', 64, regression)
        shapes |= _contrast(f'{_HEAD}.cls_contrasts.{index}', family)
    return shapes | (_mask_head(levels) if family.masks else {})


def _contrast(name: str, family: Family) -> Shapes:
    if family.head == 'rep':
        return _plain_conv(f'{name}.conv', 80, family.guide) | _norm(f'{name}.norm', family.guide)
    shapes: Shapes = {f'{name}.bias': (), f'{name}.logit_scale': ()}
    return shapes | (_norm(f'{name}.norm', family.guide) if family.head == 'bn' else {})


def _mask_head(levels: tuple[int, ...]) -> Shapes:
    width = max(levels[0] // 4, 32)
    shapes = _conv(f'{_HEAD}.proto_pred.conv1', 256, levels[0], 3)
    shapes |= _conv(f'{_HEAD}.proto_pred.conv2', 256, 256, 3)
    shapes |= _conv(f'{_HEAD}.proto_pred.conv3', 32, 256, 1)
    for index, into in enumerate(levels):
        name = f'{_HEAD}.seg_preds.{index}'
        shapes |= _conv(f'{name}.0', width, into, 3) | _conv(f'{name}.1', width, width, 3)
        shapes |= _plain_conv(f'{name}.2', 32, width)
    return shapes


def _text_tower(width: int) -> Shapes:
    shapes: Shapes = {
        f'{_TEXT}.text_model.embeddings.token_embedding.weight': (49408, width),
        f'{_TEXT}.text_model.embeddings.position_embedding.weight': (77, width),
        f'{_TEXT}.text_projection.weight': (width, width),
    }
    norms = [f'{_TEXT}.text_model.final_layer_norm']
    for index in range(12):
        layer = f'{_TEXT}.text_model.encoder.layers.{index}'
        norms += [f'{layer}.layer_norm1', f'{layer}.layer_norm2']
        for part in ('q_proj', 'k_proj', 'v_proj', 'out_proj'):
            shapes |= _linear(f'{layer}.self_attn.{part}', width, width)
        shapes |= _linear(f'{layer}.mlp.fc1', 4 * width, width)
        shapes |= _linear(f'{layer}.mlp.fc2', width, 4 * width)
    return shapes | {f'{norm}.{key}': (width,) for norm in norms for key in ('weight', 'bias')}
