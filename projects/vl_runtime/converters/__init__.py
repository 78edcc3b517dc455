"""Turn data sets of other formats into COCO detection JSON."""

from vl_runtime.converters.convert import convert_voc, convert_yolo

__all__ = ['convert_voc', 'convert_yolo']
