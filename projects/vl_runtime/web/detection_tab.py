"""The tab that finds phrases in a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_runtime.web.detection_service import COLUMNS, DetectionService
from vl_runtime.web.gradio_library import errors_on_the_page, gradio

_NO_ROWS = [['' for _ in COLUMNS]]


def detection_tab(service: DetectionService) -> None:
    """Place the tab's parts and connect them; called inside a ``gradio.Blocks``."""
    gr = gradio()
    with gr.Row(equal_height=False):
        with gr.Column(scale=5):
            inputs = _inputs(service)
            run = gr.Button('Find', variant='primary', elem_id='run')
        with gr.Column(scale=7):
            outputs = _outputs()
            if service.can_export:
                _export(service, inputs)

    def detect(image, phrases, score_threshold, nms_threshold, max_boxes, background):
        return _detect(
            service,
            image,
            phrases,
            score_threshold=score_threshold,
            nms_threshold=nms_threshold,
            max_boxes=int(max_boxes),
            background=background,
        )

    run.click(detect, inputs, outputs, api_name='detect', concurrency_limit=4)


def _inputs(service: DetectionService) -> list[Any]:
    gr = gradio()
    image = gr.Image(
        type='numpy',
        label='Picture',
        sources=['upload', 'clipboard'],
        height=340,
        elem_id='picture',
    )
    phrases = gr.Textbox(
        value='' if service.takes_phrases else ', '.join(service.texts),
        label='Phrases' if service.takes_phrases else 'This detector finds',
        placeholder=', '.join(service.texts[:3]) or 'a red star, a helmet',
        info='Separated by commas or line breaks.' if service.takes_phrases else None,
        lines=3,
        interactive=service.takes_phrases,
        elem_id='phrases',
    )
    with gr.Accordion('Settings', open=False):
        score = gr.Slider(0, 1, 0.3, step=0.01, label='Score threshold', elem_id='score')
        overlap = gr.Slider(
            0,
            1,
            0.7,
            step=0.01,
            label='NMS threshold',
            info='Of two boxes that overlap more than this, the better one stays.',
            elem_id='overlap',
        )
        limit = gr.Slider(
            1,
            service.most_boxes,
            min(100, service.most_boxes),
            step=1,
            label='Maximum boxes',
            elem_id='limit',
        )
        background = gr.Checkbox(
            False,
            label='Add a background phrase',
            info='A blank phrase competes and is never shown; helps published weights.',
            visible=service.takes_phrases,
            elem_id='background',
        )
    return [image, phrases, score, overlap, limit, background]


def _outputs() -> list[Any]:
    gr = gradio()
    picture = gr.Image(
        label='Result',
        interactive=False,
        height=420,
        format='png',
        buttons=['download', 'fullscreen'],
        elem_id='result',
    )
    summary = gr.Markdown('', elem_id='summary')
    table = gr.Dataframe(
        headers=list(COLUMNS),
        datatype=['str', *['number'] * (len(COLUMNS) - 1)],
        interactive=False,
        max_height=260,
        column_widths=['40%', *['12%'] * (len(COLUMNS) - 1)],
        visible=False,
        elem_id='table',
    )
    download = gr.DownloadButton('Download JSON', interactive=False, elem_id='json')
    return [picture, summary, table, download]


def _detect(service: DetectionService, image: np.ndarray | None, phrases: str, **settings: Any):
    """Values of the outputs."""
    gr = gradio()
    with errors_on_the_page():
        result = service.detect(image, phrases, **settings)
    return (
        result.picture,
        result.summary,
        gr.Dataframe(value=result.rows, visible=bool(result.rows)),
        gr.DownloadButton(value=str(result.json_path), interactive=True),
    )


def _export(service: DetectionService, inputs: list[Any]) -> None:
    gr = gradio()
    make = gr.Button('Make an ONNX file for these phrases', elem_id='export')
    file = gr.File(label='ONNX', visible=False, interactive=False, elem_id='onnx')

    def export(phrases: str, background: bool):
        with errors_on_the_page():
            path = service.export(phrases, background)
        return gr.File(value=str(path), visible=True)

    make.click(export, [inputs[1], inputs[-1]], file, api_name='export', concurrency_limit=1)
