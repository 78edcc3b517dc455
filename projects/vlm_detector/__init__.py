"""Vision-language models that answer boxes as text. ``import vlm_detector`` registers them."""

from vl_runtime import compat

compat.install()

from vl_runtime import engine as runtime_engine  # noqa: E402
from vl_runtime import metrics as runtime_metrics  # noqa: E402
from vlm_detector import (  # noqa: E402
    codecs,
    datasets,
    decoding,
    engine,
    export,
    families,
    metrics,
    models,
)

__all__ = [
    'codecs',
    'datasets',
    'decoding',
    'engine',
    'export',
    'families',
    'metrics',
    'models',
    'runtime_engine',
    'runtime_metrics',
]
