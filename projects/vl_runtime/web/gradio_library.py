"""Gradio, asked for when a page is built, with its calls to other machines switched off."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from types import ModuleType

from vl_runtime.compat import optional
from vl_runtime.errors import UserInputError


def gradio() -> ModuleType:
    """The module.

    Raises:
        InputValueError: gradio is not installed.
    """
    # Read when gradio is imported: no usage statistics, no question for a newer version.
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    return optional.require('gradio', 'The page', "pip install 'mmground[ui]'")


@contextlib.contextmanager
def errors_on_the_page() -> Iterator[None]:
    """Show a user's mistake on the page, as one line, and not in the log."""
    try:
        yield
    except UserInputError as error:
        raise gradio().Error(str(error), duration=8, print_exception=False) from None
