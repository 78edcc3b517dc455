"""Put tabs together into one page and serve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError
from vl_runtime.web.gradio_library import gradio

_HOUR = 3600
_STYLE = """
.gradio-container {width: 100% !important; max-width: 1280px !important; margin: 0 auto !important}
#title h1 {margin-bottom: 0}
"""


def build_page(tabs: Mapping[str, Callable[[], None]], title: str = 'MMGround') -> Any:
    """A ``gradio.Blocks``.

    Args:
        tabs: name of each tab, and what places its parts. A single one gets no tab bar.
        title: of the page.

    Raises:
        InputValueError: no tab, or gradio is not installed.
    """
    if not tabs:
        raise InputValueError('page: expected at least one tab, found none.')
    gr = gradio()
    with gr.Blocks(
        title=title, analytics_enabled=False, delete_cache=(_HOUR, 24 * _HOUR)
    ) as blocks:
        gr.Markdown(f'# {title}', elem_id='title')
        if len(tabs) == 1:
            next(iter(tabs.values()))()
        else:
            for name, place in tabs.items():
                with gr.Tab(name):
                    place()
    return blocks


def serve_page(
    blocks: Any, *, host: str = '127.0.0.1', port: int = 7860, share: bool = False
) -> str:
    """Serve the page in threads of this process; returns its address at once.

    ``blocks.block_thread()`` waits until the page is stopped, ``blocks.close()`` stops it.

    Args:
        host: ``'0.0.0.0'`` lets other machines in.
        port: a free one.
        share: ask gradio's public tunnel for an address (needs the internet).

    Raises:
        InputValueError: the port is taken or not allowed, or the machine is too busy to answer.
    """
    gr = gradio()
    # Fonts by name only: gradio's own themes load theirs from the internet.
    theme = gr.themes.Soft(
        primary_hue='indigo',
        font=['system-ui', 'Segoe UI', 'sans-serif'],
        font_mono=['ui-monospace', 'Consolas', 'monospace'],
    )
    try:
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port,
            share=share,
            theme=theme,
            css=_STYLE,
            footer_links=[],
            ssr_mode=False,
            show_error=True,
            quiet=True,
            prevent_thread_lock=True,
        )
    except OSError as error:
        raise InputValueError(
            f'{host}:{port}: the page cannot be served there; choose another --port (or --host).'
        ) from error
    except (
        ValueError,
        optional.require('httpx', 'The page', 'pip install httpx').HTTPError,
    ) as error:
        # Gradio asks for its own page, which has 3 s to answer.
        raise InputValueError(
            f'{host}:{port}: the page does not answer this machine itself; try again when the '
            'machine has less to do.'
        ) from error
    return address
