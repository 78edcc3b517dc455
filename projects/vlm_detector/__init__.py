"""Vision-language models that answer boxes as text. ``import vlm_detector`` registers them."""

from vl_runtime import compat

compat.install()

from vlm_detector import codecs, decoding, engine, families  # noqa: E402

__all__ = ['codecs', 'decoding', 'engine', 'families']
