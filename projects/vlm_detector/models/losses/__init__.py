"""Losses of answer tokens and of picture tokens."""

from vlm_detector.models.losses.token_grounding_loss import GroundedTokens, TokenGroundingLoss
from vlm_detector.models.losses.token_loss import token_nll

__all__ = ['GroundedTokens', 'TokenGroundingLoss', 'token_nll']
