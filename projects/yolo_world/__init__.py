"""Open-vocabulary YOLO. ``import yolo_world`` registers every class of the package."""

from vl_runtime import compat

compat.install()
