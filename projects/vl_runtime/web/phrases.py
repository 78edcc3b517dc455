"""What visitors write into the field for phrases."""

from __future__ import annotations

import re

from vl_runtime.errors import InputValueError
from vl_runtime.vocabulary import Vocabulary


def parse_phrases(phrases: str) -> list[str]:
    """``'red star, dog\\ncat'`` as a list.

    Raises:
        InputValueError: there is none, or one is there twice.
    """
    names = [' '.join(part.split()) for part in re.split(r'[,\n;]', phrases or '')]
    names = [name for name in names if name]
    if not names:
        raise InputValueError(
            'There is no phrase: write what to look for, separated by commas or line breaks.'
        )
    return list(Vocabulary.from_names(names, source='Phrases').names)
