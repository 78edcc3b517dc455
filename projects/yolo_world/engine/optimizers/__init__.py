"""Optimiser construction."""

from yolo_world.engine.optimizers.yolow_v5_optimizer_constructor import (
    YOLOWv5OptimizerConstructor,
)

__all__ = ['YOLOWv5OptimizerConstructor']
