"""Texts of the classes, as the text transforms read them."""

from __future__ import annotations

from collections.abc import Sequence

from vl_runtime.errors import InputValueError
from vl_runtime.vocabulary import Vocabulary


def load_class_texts(text_path: str | None) -> list[list[str]] | None:
    """Synonym lists of a class text file; None without a path."""
    return None if text_path is None else Vocabulary.from_json(text_path).to_lists()


def check_prompt_format(prompt_format: str) -> None:
    """Raise InputValueError unless the format has a place for the class name."""
    if '{}' not in prompt_format:
        raise InputValueError(
            f"prompt_format: expected a text with '{{}}' where the class name goes, "
            f'found {prompt_format!r}; every class would get the same text.'
        )


def class_texts_of(results: dict, loaded: list[list[str]] | None) -> Sequence[Sequence[str]]:
    """The texts of ``results``, else the loaded ones.

    Raises:
        AssertionError: neither is there.
    """
    texts = results.get('texts', loaded)
    if texts is None:
        raise AssertionError(
            'class texts: expected results["texts"] (from MultiModalDataset) or text_path, '
            'found neither.'
        )
    return texts
