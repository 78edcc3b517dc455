"""Find the class that a label text means."""

from __future__ import annotations

import functools
from collections.abc import Sequence

# Endings whose plural adds 'es'.
_ES_PLURALS = ('ses', 'xes', 'zes', 'ches', 'shes')
_NO_PLURALS = ('ss', 'us', 'is')


class LabelMatcher:
    """Class index of a text: exactly, else by its plain form, else by its singular.

    The plain form ignores case, surrounding spaces and punctuation, and reads ``_`` and
    ``-`` as spaces. The singular undoes a simple English plural of the last word. A form
    that two classes share names neither of them.

    Args:
        class_names: in label order.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self._exact = {name: index for index, name in reversed(list(enumerate(class_names)))}
        self._plain = _unique(plain_form(name) for name in class_names)
        self._singular = _unique(singular(plain_form(name)) for name in class_names)

    def find(self, text: str) -> tuple[int | None, bool]:
        """The class index, or None, and whether the text is the class name exactly."""
        if text in self._exact:
            return self._exact[text], True
        plain = plain_form(text)
        index = self._plain.get(plain)
        return (self._singular.get(singular(plain)) if index is None else index), False


@functools.lru_cache(maxsize=64)
def label_matcher(class_names: tuple[str, ...]) -> LabelMatcher:
    """The matcher of ``class_names``; kept, since every answer of a data set needs the same."""
    return LabelMatcher(class_names)


def plain_form(text: str) -> str:
    """Lower case, ``_`` and ``-`` as spaces, one space between words, no outer punctuation.

    >>> plain_form(' Traffic_Light. ')
    'traffic light'
    """
    words = text.casefold().replace('_', ' ').replace('-', ' ').split()
    return ' '.join(words).strip('.,;:!?\'"` ')


def singular(text: str) -> str:
    """``text`` with a simple plural of its last word undone.

    >>> singular('wine glasses'), singular('puppies'), singular('bus')
    ('wine glass', 'puppy', 'bus')
    """
    if text.endswith('ies') and len(text) > 4:
        return text[:-3] + 'y'
    if text.endswith(_ES_PLURALS):
        return text[:-2]
    if text.endswith('s') and not text.endswith(_NO_PLURALS) and len(text) > 2:
        return text[:-1]
    return text


def _unique(forms) -> dict[str, int]:
    """Index by form, without the forms that occur twice."""
    found: dict[str, int | None] = {}
    for index, form in enumerate(forms):
        found[form] = None if form in found else index
    return {form: index for form, index in found.items() if index is not None and form}
