"""Turn a vocabulary into weights: YOLO-World without texts at test time.

Letters: N classes, D text width, M heads and C channels per head of an attention block.

Source: YOLO-World, arXiv:2401.17270; layout of the published re-parameterised weights.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import InputKeyError, InputValueError

_CONTRAST = 'bbox_head.head_module.cls_contrasts.'
# What only a model with texts or prompts has.
_OF_TEXTS = re.compile(r'text_model|^embeddings$|^adapter\.|^image_prompt_encoder\.')
_REP_KEYS = re.compile(r'attn_block\.guide_(convs|weight)|cls_contrasts\.\d+\.conv\.')
REP_BLOCKS = {
    True: 'RepConvMaxSigmoidCSPLayerWithTwoConv',
    False: 'RepMaxSigmoidCSPLayerWithTwoConv',
}


def reparameterize_state_dict(
    state_dict: Mapping[str, Tensor], text_embeds: Tensor, conv_neck: bool
) -> OrderedDict[str, Tensor]:
    """Weights of the re-parameterised model; the input is not changed.

    Untouched entries are the same tensors. A learned ``scale`` of an attention
    block goes into the norm of the convolution that it multiplies.

    Args:
        state_dict: of a ``YOLOWorldDetector`` or ``SimpleYOLOWorldDetector``.
        text_embeds: (N, D), what the text encoder gives. The neck sees it as it is,
            the head L2-normalised, as in the source.
        conv_neck: the neck's classes as one convolution per head
            (``RepConvMaxSigmoidCSPLayerWithTwoConv``); otherwise as one matrix
            (``RepMaxSigmoidCSPLayerWithTwoConv``). Outputs are equal. A neck
            without text, such as the efficient one, stays as it is.

    Raises:
        InputValueError: the embeddings have another shape or width, or this kind of
            model can't be re-parameterised.
        InputKeyError: an entry of an attention block or of the head is missing.
    """
    embeds = checked_embeddings(text_embeds)
    _check_kind(state_dict)
    result = OrderedDict((k, v) for k, v in state_dict.items() if not _OF_TEXTS.search(k))
    levels = sorted({key.split('.')[3] for key in state_dict if key.startswith(_CONTRAST)})
    for level in levels:
        _fold_contrast(result, f'{_CONTRAST}{level}.', embeds)
    blocks = [key.removesuffix('bias') for key in result if key.endswith('attn_block.bias')]
    for prefix in blocks:
        _fold_attention(result, prefix, embeds, conv_neck)
    return result


def checked_embeddings(text_embeds: Any) -> Tensor:
    """``text_embeds`` as float32 (N, D), detached.

    Raises:
        InputValueError: another shape, or a value that is not finite.
    """
    embeds = torch.as_tensor(text_embeds).detach().float()
    if embeds.ndim != 2 or not len(embeds):
        raise InputValueError(
            'text embeddings: expected the shape (number of classes, width), '
            f'found {tuple(embeds.shape)}.'
        )
    bad = (~embeds.isfinite()).any(dim=1).nonzero()
    if len(bad):
        raise InputValueError(
            f'text embeddings: row {int(bad[0])} holds a value that is no finite number.'
        )
    return embeds


def _check_kind(state_dict: Mapping[str, Tensor]) -> None:
    """Refuse weights that have no re-parameterised form."""
    for key in state_dict:
        if _REP_KEYS.search(key):
            raise InputValueError(
                f'these weights are re-parameterised already ({key}); the source model is needed.'
            )
        if key.startswith('neck.text_enhancer.'):
            raise InputValueError(
                'the dual neck of YOLO-World v1 cannot be re-parameterised: there the texts '
                f'depend on the image ({key}).'
            )
        if '.seg_preds.' in key or '.proto_pred.' in key:
            raise InputValueError(
                f'a head with masks cannot be re-parameterised ({key}); there is no such head '
                'module.'
            )
    if not any(key.startswith(_CONTRAST) for key in state_dict):
        raise InputKeyError(
            f'expected weights of YOLO-World ({_CONTRAST}0.logit_scale), '
            f'found {len(state_dict)} others: {", ".join(list(state_dict)[:3])}.'
        )


def _take(weights: dict[str, Tensor], key: str) -> Tensor:
    if key not in weights:
        raise InputKeyError(f'expected the entry {key} in the weights, found none.')
    return weights.pop(key)


def _fold_contrast(weights: dict[str, Tensor], prefix: str, embeds: Tensor) -> None:
    """Scale, texts and bias of one level's contrastive head become its convolution."""
    if f'{prefix}norm.running_mean' not in weights:
        raise InputValueError(
            f'only heads with batch norm can be re-parameterised, and {prefix}norm is not there: '
            'use_bn_head=False normalises each pixel, which no convolution does.'
        )
    width = len(weights[f'{prefix}norm.running_mean'])
    if embeds.shape[1] != width:
        raise InputValueError(
            f'text embeddings: expected the width {width} of the head, found {embeds.shape[1]}; '
            'were they made with another text encoder?'
        )
    scale, bias = _take(weights, f'{prefix}logit_scale'), _take(weights, f'{prefix}bias')
    kernel = F.normalize(embeds, dim=-1).to(scale.device) * scale.float().exp()
    weights[f'{prefix}conv.weight'] = kernel[:, :, None, None].to(scale.dtype)
    weights[f'{prefix}conv.bias'] = bias.repeat(len(embeds))


def _fold_attention(
    weights: dict[str, Tensor], prefix: str, embeds: Tensor, conv_neck: bool
) -> None:
    """The texts' projection of one attention block becomes a vector per class and head."""
    kernel = _take(weights, f'{prefix}guide_fc.weight')
    offset = _take(weights, f'{prefix}guide_fc.bias')
    if embeds.shape[1] != kernel.shape[1]:
        raise InputValueError(
            f'text embeddings: expected the width {kernel.shape[1]} of {prefix}guide_fc, '
            f'found {embeds.shape[1]}; were they made with another text encoder?'
        )
    guide = F.linear(embeds.to(kernel.device), kernel.float(), offset.float()).to(kernel.dtype)
    num_heads = len(weights[f'{prefix}bias'])
    if conv_neck:
        for head, part in enumerate(guide.chunk(num_heads, dim=1)):
            weights[f'{prefix}guide_convs.{head}.weight'] = part[:, :, None, None].contiguous()
    else:
        # The published layout: the same memory under the shape (N, C, M).
        weights[f'{prefix}guide_weight'] = guide.reshape(len(guide), -1, num_heads)
    if f'{prefix}scale' in weights:
        _fold_scale(weights, prefix)


def _fold_scale(weights: dict[str, Tensor], prefix: str) -> None:
    """The gate's learned factor (1, M, 1, 1) goes into the norm of the gated convolution."""
    scale = weights.pop(f'{prefix}scale').flatten()
    for conv in ('project_conv.bn', 'project_conv.pointwise_conv.bn'):
        if f'{prefix}{conv}.weight' in weights:
            for name in ('weight', 'bias'):
                value = weights[f'{prefix}{conv}.{name}']
                weights[f'{prefix}{conv}.{name}'] = value * scale.repeat_interleave(
                    len(value) // len(scale)
                )
            return
    raise InputKeyError(
        f'{prefix}scale: expected {prefix}project_conv.bn to put it into, found none.'
    )


def reparameterized_config(
    model_cfg: Mapping[str, Any], num_texts: int, conv_neck: bool
) -> dict[str, Any]:
    """Model config that fits ``reparameterize_state_dict``; the input is not changed.

    ``head_module.num_classes`` stays: it sets a hidden width of the weights.

    Args:
        model_cfg: of a ``YOLOWorldDetector`` or ``SimpleYOLOWorldDetector``.
        num_texts: N.
        conv_neck: see ``reparameterize_state_dict``.

    Raises:
        InputValueError: the model is of another kind, or re-parameterised already.
    """
    cfg = copy.deepcopy(model_cfg)
    _require_type(cfg, 'model', 'YOLOWorldDetector', 'SimpleYOLOWorldDetector')
    if cfg.get('reparameterized'):
        raise InputValueError(
            'model.reparameterized: this model is re-parameterised already; the source model '
            'is needed.'
        )
    for name in ('num_prompts', 'prompt_dim', 'embedding_path', 'freeze_prompt', 'use_mlp_adapter'):
        cfg.pop(name, None)
    cfg.update(
        type='SimpleYOLOWorldDetector',
        reparameterized=True,
        num_train_classes=num_texts,
        num_test_classes=num_texts,
    )
    cfg['backbone'].update(text_model=None, with_text_model=False)
    _change_preprocessor(cfg)
    _change_neck(cfg, num_texts, conv_neck)
    _change_head(cfg['bbox_head'], num_texts)
    if (cfg.get('train_cfg') or {}).get('assigner'):
        cfg['train_cfg']['assigner']['num_classes'] = num_texts
    return cfg


def _change_preprocessor(cfg: dict[str, Any]) -> None:
    preprocessor = cfg.get('data_preprocessor')
    if isinstance(preprocessor, dict) and _short(preprocessor) == 'YOLOWDetDataPreprocessor':
        preprocessor['type'] = 'mmyolo.YOLOv5DetDataPreprocessor'


def _change_neck(cfg: dict[str, Any], num_texts: int, conv_neck: bool) -> None:
    neck = cfg.get('neck')
    if neck is None or not cfg.get('mm_neck'):
        return
    if _short(neck) == 'YOLOWorldDualPAFPN':
        raise InputValueError(
            'model.neck: YOLOWorldDualPAFPN cannot be re-parameterised: there the texts depend '
            'on the image.'
        )
    _require_type(neck, 'model.neck', 'YOLOWorldPAFPN')
    block = dict(neck.get('block_cfg') or {'type': 'MaxSigmoidCSPLayerWithTwoConv'})
    if _short(block) == 'EfficientCSPLayerWithTwoConv':
        return
    _require_type(block, 'model.neck.block_cfg', 'MaxSigmoidCSPLayerWithTwoConv')
    block.pop('with_scale', None)
    block.update(type=REP_BLOCKS[conv_neck], guide_channels=num_texts)
    neck.update(guide_channels=num_texts, block_cfg=block)


def _change_head(head: dict[str, Any], num_texts: int) -> None:
    _require_type(head, 'model.bbox_head', 'YOLOWorldHead')
    module = head['head_module']
    _require_type(module, 'model.bbox_head.head_module', 'YOLOWorldHeadModule')
    if not module.get('use_bn_head'):
        raise InputValueError(
            'model.bbox_head.head_module: only heads with batch norm can be re-parameterised; '
            'use_bn_head=False normalises each pixel, which no convolution does.'
        )
    del module['use_bn_head']
    module.pop('use_einsum', None)
    module.update(type='RepYOLOWorldHeadModule', num_guide=num_texts)
    head.pop('world_size', None)
    head['type'] = 'YOLOv8Head'


def _short(cfg: Mapping[str, Any]) -> str:
    """Name of a part's class, without its scope."""
    kind = cfg['type']
    return kind.rsplit('.', 1)[-1] if isinstance(kind, str) else kind.__name__


def _require_type(cfg: Mapping[str, Any], where: str, *allowed: str) -> None:
    if _short(cfg) not in allowed:
        raise InputValueError(
            f'{where}: {_short(cfg)} cannot be re-parameterised, only {" and ".join(allowed)}.'
        )
