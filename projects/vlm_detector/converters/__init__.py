"""Training files of vision-language models as COCO JSON and back."""

from vlm_detector.converters.coco_to_florence import coco_to_florence
from vlm_detector.converters.florence_to_coco import florence_to_coco

__all__ = ['coco_to_florence', 'florence_to_coco']
