"""The page of a vision-language model in a real browser, asked every task."""

import json
import re

import numpy as np
import pytest

from tests.browser import chromium, needs_browser, needs_gradio, picture_in, served
from tests.vlm_detector.taught_florence import CAPTION, CAPTIONS, TEXTS, teach

pytestmark = [pytest.mark.slow, needs_gradio, needs_browser]  # a training, a process, a browser
RED = [10, 20, 40, 40]  # xywh


@pytest.fixture(scope='module')
def files(tiny_folder, tmp_path_factory):
    """Recipe, checkpoint, picture."""
    return teach(tiny_folder('florence2'), tmp_path_factory.mktemp('taught'))


@pytest.fixture(scope='module')
def page(files, repository_root, tmp_path_factory):
    """tools/demo.py, the command that serves the page of a YOLO too, and the picture in it."""
    words = [repository_root / 'tools/demo.py', *files[:2], '--device', 'cpu']
    with (
        served(words, cwd=tmp_path_factory.mktemp('cwd')) as address,
        chromium() as page,
    ):
        page.goto(address)
        page.set_input_files('#picture input[type=file]', str(files[2]))
        page.wait_for_selector('#picture img')
        yield page


def ask(page, task, phrases, prompt):
    """Choose the task, write the phrases if there is a field for them, wait for the answer."""
    page.get_by_role('radio', name=task, exact=True).check()
    page.wait_for_selector('#phrases', state='visible' if phrases else 'hidden')
    if phrases:
        page.fill('#phrases textarea', phrases)
    page.click('#run')
    page.wait_for_function(
        "text => document.querySelector('#prompt textarea')?.value === text", arg=prompt
    )


def downloaded(page, button):
    with page.expect_download() as download:
        page.click(button)
    return json.loads(download.value.path().read_text())


@pytest.mark.parametrize(
    ('task', 'phrases', 'prompt', 'answer', 'summary', 'boxes'),
    [
        (
            'Detection',
            ', '.join(TEXTS),
            '<CAPTION_TO_PHRASE_GROUNDING>red square, blue square',
            r'blue square(<loc_\d+>){4}red square(<loc_\d+>){4}',
            '2 boxes: ',
            [RED, [60, 10, 30, 20]],
        ),
        (
            'Phrase grounding',
            'red square',
            '<CAPTION_TO_PHRASE_GROUNDING>red square',
            r'red square(<loc_\d+>){4}',
            '1 box: red square 1.',
            [RED],
        ),
        (
            'Main subject',
            '',
            '<CAPTION_TO_PHRASE_GROUNDING>the main subject',
            r'main subject(<loc_\d+>){4}',
            '1 box: main subject 1.',
            [RED],
        ),
        (
            'Dense region caption',
            '',
            '<DENSE_REGION_CAPTION>',
            rf'{CAPTIONS[1]}(<loc_\d+>){{4}}{CAPTIONS[0]}(<loc_\d+>){{4}}',
            '2 boxes: ',
            [RED, [60, 10, 30, 20]],
        ),
        (
            'Segmentation',
            'red square',
            '<REFERRING_EXPRESSION_SEGMENTATION>red square',
            r'(<loc_\d+>){8}',
            '1 box: red square 1.',
            [RED],
        ),
        ('Caption', '', '<CAPTION>', re.escape(CAPTION), '', []),
    ],
)
def test_every_task_is_answered_by_base_and_adapter(
    page, tmp_path, task, phrases, prompt, answer, summary, boxes
):
    ask(page, task, phrases, prompt)
    said = page.input_value('#answer-adapter textarea')
    assert re.fullmatch(answer, said)
    assert page.input_value('#answer-base textarea') != said
    page.wait_for_selector('#summary-adapter >> text=Parse status ok')
    assert page.inner_text('#summary-adapter').startswith(summary)
    content = downloaded(page, '#json-adapter')
    assert content['images'][0]['answer'] == said
    found = sorted((item['bbox'] for item in content['annotations']), key=lambda box: box[0])
    np.testing.assert_allclose(np.reshape(found, (-1, 4)), np.reshape(boxes, (-1, 4)), atol=0.5)
    assert downloaded(page, '#json-base')['info']['weights'] == 'base'
    assert page.is_visible('#result-adapter') == bool(boxes) == page.is_visible('#table-adapter')
    if boxes:
        base, adapter = (
            picture_in(page, f'#result-{name}', tmp_path / f'{name}.png')
            for name in ('base', 'adapter')
        )
        assert base.shape == adapter.shape == (400, 500, 3)  # small pictures are enlarged
        # Inside the red square an outline has another colour, a box has not.
        assert (base[200, 150] != adapter[200, 150]).any() == (task == 'Segmentation')
        assert (base != adapter).any()
    if task == 'Dense region caption':
        assert sorted(item['caption'] for item in content['annotations']) == sorted(CAPTIONS)
    if task == 'Segmentation':
        assert content['annotations'][0]['area'] == pytest.approx(1600, abs=100)


def test_a_mistake_is_one_line_and_the_page_goes_on(page):
    page.get_by_role('radio', name='Segmentation', exact=True).check()
    page.wait_for_selector('#phrases', state='visible')
    page.fill('#phrases textarea', 'red <s>')
    page.click('#run')
    page.wait_for_selector('text=holds <s>, a special token of florence2')
    assert 'Traceback' not in page.inner_text('body')
    ask(page, 'Caption', '', '<CAPTION>')


def test_a_camera_takes_the_picture(page):
    page.click('#picture [aria-label="Remove Image"]')
    page.click('#picture [aria-label="Capture from camera"]')
    page.get_by_text('Click to Access Webcam').click()
    page.click('#picture [aria-label="capture photo"]')
    page.wait_for_selector('#picture img')
    ask(page, 'Caption', '', '<CAPTION>')
    (image,) = downloaded(page, '#json-adapter')['images']
    assert image['width'] > 100  # no longer the uploaded picture
