"""Open-vocabulary YOLO. ``import yolo_world`` registers every class of the package."""

from vl_runtime import compat

# mmyolo and mmcv can be imported only after the fixes are active.
compat.install()

from yolo_world import models  # noqa: E402

__all__ = ['models']
