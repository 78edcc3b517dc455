"""A tool's page in a process of its own, and a headless Chromium that looks at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vl_runtime.compat import optional

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
needs_gradio = pytest.mark.skipif(
    not optional.available('gradio'), reason='gradio is not installed'
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not optional.available('playwright'),
    reason='chromium or the Python package playwright is not installed',
)
_CAMERA = ('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream')


@contextlib.contextmanager
def served(words: Sequence[object], *, cwd: Path, path: Path | None = None) -> Iterator[str]:
    """The address of the page of ``python WORDS``, on a free port, stopped afterwards.

    Args:
        path: a folder for PYTHONPATH.
    """
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *map(str, words), '--port', str(port)],
        env={**os.environ, 'PYTHONPATH': str(path or '')},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
    )
    try:
        said = []
        while 'the page is at' not in (line := process.stdout.readline()):
            said.append(line)
            assert line, ''.join(said)
        yield f'http://127.0.0.1:{port}/'
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """An empty page, with a camera that shows a test picture."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu', *_CAMERA]
        )
        page = browser.new_page(viewport={'width': 1280, 'height': 1000})
        page.set_default_timeout(120_000)
        yield page
        browser.close()


def picture_in(page: Any, element: str, path: Path) -> np.ndarray:
    """The pixels (H, W, 3) BGR of an image on the page."""
    page.wait_for_selector(f'{element} img')
    address = page.get_attribute(f'{element} img', 'src')
    path.write_bytes(page.request.get(address).body())
    return cv2.imread(str(path))
