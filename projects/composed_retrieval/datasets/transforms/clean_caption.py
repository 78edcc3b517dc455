"""Captions as the published text encoder was trained on them."""

from __future__ import annotations

import re

from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError

_PUNCTUATION = re.compile(r'[.!"()*#:;~]')


def cleaned_caption(text: str, max_words: int = 50) -> str:
    """Lower case, ``. ! " ( ) * # : ; ~`` as blanks, single blanks, at most ``max_words`` words."""
    return ' '.join(_PUNCTUATION.sub(' ', text.lower()).split()[:max_words])


@TRANSFORMS.register_module()
class CleanCaption(BaseTransform):
    """Change ``caption`` to its cleaned form (see ``cleaned_caption``); needs ``query_id``.

    Args:
        max_words: words behind these are dropped.

    Raises:
        InputValueError: nothing but punctuation is in the caption.
    """

    def __init__(self, max_words: int = 50) -> None:
        self.max_words = max_words

    def transform(self, results: dict) -> dict:
        """The item with another ``caption``."""
        caption = cleaned_caption(results['caption'], self.max_words)
        if not caption:
            raise InputValueError(
                f'query {results["query_id"]}: expected words in the caption, found '
                f'{results["caption"]!r}.'
            )
        return {**results, 'caption': caption}
