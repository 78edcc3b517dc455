"""Losses of answer tokens."""

from vlm_detector.models.losses.token_loss import token_nll

__all__ = ['token_nll']
