"""Fixed-vocabulary form of a detector."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from yolo_world.models.detectors.text_lists import BACKGROUND
from yolo_world.reparameterize import reparameterize_state_dict, reparameterized_config


def fuse_detector(
    source: nn.Module, text_feats: Tensor, texts: Sequence[str] | None, conv_neck: bool
) -> nn.Module:
    """A re-parameterised detector with the outputs of ``source``, which is not changed.

    Weights that don't depend on the vocabulary are shared with ``source``.

    Args:
        source: a detector with its config in ``architecture``.
        text_feats: (K, T), features of the vocabulary.
        texts: the vocabulary, or None if it has no names; the background text, if
            there is one, is the last.
        conv_neck: see ``reparameterize_state_dict``.

    Raises:
        InputValueError: this kind of detector can't be re-parameterised, or a text is
            blank.
    """
    background = bool(texts) and texts[-1] == BACKGROUND
    for index, text in enumerate(texts or ()):
        if not text.strip() and not (background and index == len(texts) - 1):
            raise InputValueError(
                f'text {index} is blank ({text!r}); a fused vocabulary holds real texts and, as '
                f'the last, the background {BACKGROUND!r}.'
            )
    cfg = reparameterized_config(source.architecture, len(text_feats), conv_neck)
    cfg['background'] = background or cfg.get('background', False)
    device = next(source.parameters()).device
    weights = reparameterize_state_dict(source.state_dict(), text_feats.to(device), conv_neck)
    fused = MODELS.build(ConfigDict(cfg))
    fused.load_state_dict(weights, assign=True)
    fused.to(device).train(source.training)
    fused.test_cfg = fused.bbox_head.test_cfg = copy.deepcopy(source.bbox_head.test_cfg)
    fused.keep_source(source, texts)
    return fused
