"""Vision-language models that answer boxes as text. ``import vlm_detector`` registers them."""

from vl_runtime import compat

compat.install()

from vlm_detector import codecs, datasets, decoding, engine, families, models  # noqa: E402

__all__ = ['codecs', 'datasets', 'decoding', 'engine', 'families', 'models']
