"""Texts compared without what two writers do differently."""

from __future__ import annotations

import re
import unicodedata


def normalized(text: str) -> str:
    """The text in Unicode's compatibility form, without case, punctuation, repeated spaces."""
    text = unicodedata.normalize('NFKC', text).casefold()
    words = ''.join(' ' if unicodedata.category(letter)[0] in 'PZC' else letter for letter in text)
    return re.sub(r'\s+', ' ', words).strip()
