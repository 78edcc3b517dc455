"""Vision-language models that answer boxes as text. ``import vlm_detector`` registers them."""

from vl_runtime import compat

compat.install()

from vlm_detector import decoding, families  # noqa: E402

__all__ = ['decoding', 'families']
