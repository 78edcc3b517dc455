"""Losses."""

from yolo_world.models.losses.cov_mse_loss import CoVMSELoss

__all__ = ['CoVMSELoss']
