"""The page in a real browser, and its parts without one."""

import json
import os
import shutil
import socket
import subprocess
import sys

import cv2
import numpy as np
import pytest

from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError
from vl_runtime.web import build_page, detection_tab, serve_page
from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.gradio_library import gradio

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
needs_gradio = pytest.mark.skipif(
    not optional.available('gradio'), reason='gradio is not installed'
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not optional.available('playwright'),
    reason='chromium or the Python package playwright is not installed',
)


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def test_without_gradio_the_install_command_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    with pytest.raises(InputValueError, match=r"The page needs.*pip install 'mmground\[ui\]'"):
        gradio()


def test_a_page_needs_a_tab():
    with pytest.raises(InputValueError, match='page: expected at least one tab, found none'):
        build_page({})


@needs_gradio
def test_a_port_that_is_taken_is_told(predictor_recipe):
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        port = listener.getsockname()[1]
        page = build_page({'One': lambda: None, 'Two': lambda: None})
        with pytest.raises(InputValueError, match=f'127.0.0.1:{port}: the page cannot be served'):
            serve_page(page, port=port)


@needs_gradio
def test_the_tab_has_its_parts_and_the_export_only_where_there_is_one(predictor_recipe):
    from vl_runtime.inference import Predictor

    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu')
    for exporter, expected in ((None, False), (lambda *_: None, True)):
        service = DetectionService(predictor, exporter)
        page = build_page({'Detection': lambda service=service: detection_tab(service)})
        ids = {block.elem_id for block in page.blocks.values()}
        assert {'picture', 'phrases', 'score', 'overlap', 'limit', 'background', 'run'} <= ids
        assert ('export' in ids) == expected


@pytest.fixture
def page_address(repository, predictor_recipe, tmp_path):
    """The page of tools/demo.py in its own process, with the detector of squares."""
    import torch

    torch.save({'state_dict': {'weight': torch.ones(2)}}, tmp_path / 'best.pth')
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, repository / 'tools/demo.py', predictor_recipe, tmp_path / 'best.pth',
         '--port', str(port)],
        env={**os.environ, 'PYTHONPATH': str(predictor_recipe.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
    )  # fmt: skip
    try:
        said = []
        while 'the page is at' not in (line := process.stdout.readline()):
            said.append(line)
            assert line, ''.join(said)
        yield f'http://127.0.0.1:{port}/'
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def browser_page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu']
        )
        page = browser.new_page(viewport={'width': 1280, 'height': 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def picture_in(page, element, path):
    """The pixels (H, W, 3) BGR of an image on the page."""
    page.wait_for_selector(f'{element} img')
    address = page.get_attribute(f'{element} img', 'src')
    path.write_bytes(page.request.get(address).body())
    return cv2.imread(str(path))


@pytest.mark.slow  # a process, a browser: some 20 seconds
@needs_gradio
@needs_browser
def test_phrases_are_typed_and_boxes_appear(page_address, browser_page, tmp_path):
    page, hosts = browser_page, set()
    page.on('request', lambda request: hosts.add(request.url.split('/')[2]))
    cv2.imwrite(str(tmp_path / 'in.png'), np.full((480, 640, 3), 90, np.uint8))

    page.goto(page_address)
    page.wait_for_selector('#run')
    page.click('#run')
    page.wait_for_selector('text=There is no picture yet')

    page.set_input_files('#picture input[type=file]', str(tmp_path / 'in.png'))
    page.wait_for_selector('#picture img')
    page.fill('#phrases textarea', 'red circle, red circle')
    page.click('#run')
    page.wait_for_selector('text=Phrases:')

    page.fill('#phrases textarea', 'red circle, helmet\nwheel')
    page.click('#run')
    page.wait_for_selector('text=3 boxes: red circle 1, helmet 1, wheel 1')
    result = picture_in(page, '#result', tmp_path / 'result.png')
    assert result.shape == (480, 640, 3)
    assert (result != 90).any()  # what is not grey was drawn
    assert result[-1, -1].tolist() == [90, 90, 90]
    page.wait_for_selector('#table >> text=wheel')  # rows are drawn after the table
    table = page.inner_text('#table').replace('\t', '\n').split('\n')
    for name, score in (('red circle', '0.9'), ('helmet', '0.45'), ('wheel', '0.3')):
        assert table[table.index(name) + 1] == score
    with page.expect_download() as download:
        page.click('#json')
    content = json.loads(download.value.path().read_text())
    names = [category['name'] for category in content['categories']]
    assert names == ['red circle', 'helmet', 'wheel'] and len(content['annotations']) == 3
    assert {host.split(':')[0] for host in hosts} == {'127.0.0.1'}  # nothing from elsewhere
