"""Weights of other projects under our names, one file a source format."""

from yolo_world.checkpoint_conversion.convert import TARGETS, Conversion, convert_checkpoint

__all__ = ['TARGETS', 'Conversion', 'convert_checkpoint']
