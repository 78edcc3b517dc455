"""Training parts of the package."""

from yolo_world.engine import optimizers

__all__ = ['optimizers']
