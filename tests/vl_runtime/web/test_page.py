"""The page in a real browser, and its parts without one."""

import json
import socket
import sys

import cv2
import numpy as np
import pytest

from tests.browser import chromium, needs_browser, needs_gradio, picture_in, served
from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.web import build_page, detection_tab, serve_page, tabs_of
from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.gradio_library import errors_on_the_page, gradio


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
def test_a_proxy_does_not_stand_before_the_own_page(monkeypatch):
    monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:9')  # nothing listens there
    for name in ('NO_PROXY', 'no_proxy', 'http_proxy'):
        monkeypatch.setenv(name, '')
    page = build_page({'One': lambda: None})
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        port = listener.getsockname()[1]
    try:
        assert serve_page(page, port=port) == f'http://127.0.0.1:{port}/'
    finally:
        page.close()


@needs_gradio
def test_the_tab_has_its_parts_and_the_export_only_where_there_is_one(predictor_recipe):
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu')
    for exporter, expected in ((None, False), (lambda *_: None, True)):
        service = DetectionService(predictor, exporter)
        page = build_page({'Detection': lambda service=service: detection_tab(service)})
        ids = {block.elem_id for block in page.blocks.values()}
        assert {'picture', 'phrases', 'score', 'overlap', 'limit', 'background', 'run'} <= ids
        assert ('export' in ids) == expected


@needs_gradio
def test_a_model_that_is_asked_in_words_gets_tasks_and_a_column_for_each_weights(predictor_recipe):
    for kind, name, columns in (
        ('AskedSquareDetector', 'Questions', ['base', 'adapter']),
        ('TextSquareDetector', 'Detection', []),
        ('ClosedSquareDetector', 'Detection', []),
    ):
        options = {'model.type': kind}
        tabs = tabs_of(Predictor.from_checkpoint(predictor_recipe, cfg_options=options))
        assert list(tabs) == [name]
        ids = {block.elem_id for block in build_page(tabs).blocks.values()}
        assert ('task' in ids) == bool(columns)
        parts = ('result', 'summary', 'table', 'json', 'answer')
        assert {f'{part}-{column}' for column in columns for part in parts} <= ids


@needs_gradio
def test_errors_are_one_line_without_a_trace(capsys):
    with pytest.raises(gradio().Error) as shown, errors_on_the_page():
        raise InputValueError('prompt <OD>: expected less.')
    assert shown.value.message == 'prompt &lt;OD&gt;: expected less.'  # read as HTML
    with pytest.raises(gradio().Error) as shown, errors_on_the_page():
        raise RuntimeError('shapes differ:\nmany lines')
    assert shown.value.message == (
        'This is a bug, the log has the details. RuntimeError: shapes differ:'
    )
    assert not shown.value.print_exception


@pytest.fixture
def page_address(repository, predictor_recipe, tmp_path):
    """The page of tools/demo.py in its own process, with the detector of squares."""
    import torch

    torch.save({'state_dict': {'weight': torch.ones(2)}}, tmp_path / 'best.pth')
    words = [repository / 'tools/demo.py', predictor_recipe, tmp_path / 'best.pth']
    with served(words, cwd=tmp_path, path=predictor_recipe.parent) as address:
        yield address


@pytest.fixture
def browser_page():
    with chromium() as page:
        yield page


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
