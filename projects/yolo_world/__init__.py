"""Open-vocabulary YOLO. ``import yolo_world`` registers every class of the package."""

from vl_runtime import compat

# mmyolo and mmcv can be imported only after the fixes are active.
compat.install()
compat.replace_mmdet_classes()

from vl_runtime import engine as runtime_engine  # noqa: E402
from vl_runtime import metrics, text_encoders  # noqa: E402
from yolo_world import datasets, engine, models  # noqa: E402

__all__ = ['datasets', 'engine', 'metrics', 'models', 'runtime_engine', 'text_encoders']
