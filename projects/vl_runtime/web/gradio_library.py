"""Gradio, asked for when a page is built, with its calls to other machines switched off."""

from __future__ import annotations

import contextlib
import html
import logging
import os
import traceback
from collections.abc import Iterator
from types import ModuleType

from mmengine.logging import print_log

from vl_runtime.compat import optional
from vl_runtime.errors import UserInputError


def gradio() -> ModuleType:
    """The module.

    Raises:
        InputValueError: gradio is not installed.
    """
    # Read when gradio is imported: no usage statistics, no question for a newer version.
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    # Gradio asks for its own page before it goes on; a proxy knows nothing of this machine.
    for name in ('NO_PROXY', 'no_proxy'):
        known = os.environ.get(name, '')
        if '127.0.0.1' not in known:
            os.environ[name] = ','.join(filter(None, [known, 'localhost,127.0.0.1']))
    return optional.require('gradio', 'The page', "pip install 'mmground[ui]'")


@contextlib.contextmanager
def errors_on_the_page() -> Iterator[None]:
    """Show what went wrong on the page, as one line.

    A visitor's mistake is not in the log; of anything else the log has the trace.
    """
    try:
        yield
    except UserInputError as error:
        raise _shown(str(error)) from None
    except Exception as error:
        print_log(traceback.format_exc(), 'current', logging.ERROR)
        what = f'{type(error).__name__}: {error}'.splitlines()[0]
        raise _shown(f'This is a bug, the log has the details. {what}') from None


def _shown(line: str) -> Exception:
    # The page reads it as HTML, and prompts hold <OD> and the like.
    return gradio().Error(html.escape(line, quote=False), duration=8, print_exception=False)
