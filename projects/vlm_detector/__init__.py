"""Vision-language models that answer boxes as text."""

from vl_runtime import compat

compat.install()

from vlm_detector import codecs  # noqa: E402

__all__ = ['codecs']
