"""Gradients normalised by labelled tokens, under autocast on a GPU."""

from __future__ import annotations

from mmengine.optim import AmpOptimWrapper
from mmengine.registry import OPTIM_WRAPPERS

from vlm_detector.engine.token_normalization import TokenNormalization


@OPTIM_WRAPPERS.register_module()
class TokenNormalizedAmpOptimWrapper(TokenNormalization, AmpOptimWrapper):
    """mmengine's ``AmpOptimWrapper`` with the normalisation of ``TokenNormalization``.

    With ``dtype='bfloat16', loss_scale=1.0`` (what ``--amp`` sets) the loss is not scaled.
    """
