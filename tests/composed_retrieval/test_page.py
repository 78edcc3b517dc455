"""The page of a retriever in a real browser: a reference, a change, a region, a ranking."""

import cv2
import numpy as np
import pytest

from tests.browser import chromium, needs_browser, needs_gradio, picture_in, served
from tests.composed_retrieval.web.conftest import files, recipe, shapes_root  # noqa: F401

pytestmark = [pytest.mark.slow, needs_gradio, needs_browser]  # a process, a browser


def test_a_reference_a_text_and_a_region_give_a_ranking(files, repository, tmp_path):  # noqa: F811
    config, checkpoint = files(box_attention=dict(type='BoxAttention'))
    words = [repository / 'tools/demo.py', config, checkpoint]
    with served(words, cwd=tmp_path) as address, chromium() as page:
        page.set_default_timeout(40_000)
        hosts = set()
        page.on('request', lambda request: hosts.add(request.url.split('/')[2]))
        page.goto(address)
        page.wait_for_selector('#run')
        page.click('#run')
        page.wait_for_selector('text=There is no reference yet')

        page.locator('#references button.thumbnail-lg, #references .thumbnail-item').first.click()
        plain = picture_in(page, '#reference', tmp_path / 'reference.png')
        assert plain.shape == (320, 320, 3)  # small pictures are enlarged
        page.click('#run')
        page.wait_for_selector('text=There is no text yet')

        page.fill('#change textarea', 'make the circle blue')
        page.click('#run')
        page.wait_for_selector('#summary >> text=Best: dev-')
        assert page.locator('#ranking img').count() >= 10
        whole = page.inner_text('#summary')

        box = page.locator('#reference img').bounding_box()
        for share in (0.35, 0.65):
            page.mouse.click(box['x'] + share * box['width'], box['y'] + share * box['height'])
            page.wait_for_timeout(1500)
        page.wait_for_selector('#hint >> text=Region:')
        page.click('#run')
        page.wait_for_function(
            'old => document.querySelector("#summary").innerText.trim() !== old', arg=whole.strip()
        )
        page.click('#no-region')
        page.wait_for_function('!document.querySelector("#hint").innerText.includes("Region:")')

        cv2.imwrite(str(tmp_path / 'own.png'), np.full((60, 90, 3), 120, np.uint8))
        page.set_input_files('#upload input[type=file]', str(tmp_path / 'own.png'))
        page.wait_for_function(
            'document.querySelector("#reference img")?.naturalHeight === 213', timeout=30_000
        )
        page.click('#run')
        page.wait_for_selector('#summary >> text=Best: dev-')
        assert {host.split(':')[0] for host in hosts} == {'127.0.0.1'}  # nothing from elsewhere
