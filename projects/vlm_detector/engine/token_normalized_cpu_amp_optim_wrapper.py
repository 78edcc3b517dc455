"""Gradients normalised by labelled tokens, under bf16 autocast on a CPU."""

from __future__ import annotations

from mmengine.registry import OPTIM_WRAPPERS

from vl_runtime.engine import CpuAmpOptimWrapper
from vlm_detector.engine.token_normalization import TokenNormalization


@OPTIM_WRAPPERS.register_module()
class TokenNormalizedCpuAmpOptimWrapper(TokenNormalization, CpuAmpOptimWrapper):
    """``CpuAmpOptimWrapper`` with the normalisation of ``TokenNormalization``."""
