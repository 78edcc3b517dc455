"""Vision-language models that answer boxes as text."""

from vl_runtime import compat

compat.install()

from vl_runtime import metrics as runtime_metrics  # noqa: E402
from vlm_detector import codecs, metrics  # noqa: E402

__all__ = ['codecs', 'metrics', 'runtime_metrics']
