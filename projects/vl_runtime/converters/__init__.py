"""Data sets of other formats as COCO JSON and back, parts of them, class texts."""

from vl_runtime.converters.class_texts import write_class_texts
from vl_runtime.converters.coco_to_voc import coco_to_voc
from vl_runtime.converters.convert import convert_logodet3k, convert_voc, convert_yolo
from vl_runtime.converters.convert_saliency import convert_saliency
from vl_runtime.converters.mask_objects import MaskObjects
from vl_runtime.converters.refcoco import convert_refcoco
from vl_runtime.converters.saliency import SaliencyLayout
from vl_runtime.converters.subset import write_subset

__all__ = [
    'MaskObjects',
    'SaliencyLayout',
    'coco_to_voc',
    'convert_logodet3k',
    'convert_refcoco',
    'convert_saliency',
    'convert_voc',
    'convert_yolo',
    'write_class_texts',
    'write_subset',
]
