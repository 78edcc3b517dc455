"""Gradients normalised by labelled tokens, in the precision of the model."""

from __future__ import annotations

from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS

from vlm_detector.engine.token_normalization import TokenNormalization


@OPTIM_WRAPPERS.register_module()
class TokenNormalizedOptimWrapper(TokenNormalization, OptimWrapper):
    """mmengine's ``OptimWrapper`` with the normalisation of ``TokenNormalization``."""
