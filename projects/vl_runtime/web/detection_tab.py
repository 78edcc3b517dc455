"""The tab that finds phrases in a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.gradio_library import errors_on_the_page, gradio
from vl_runtime.web.result_parts import (
    limit_slider,
    picture_input,
    result_outputs,
    result_values,
    score_slider,
)


def detection_tab(service: DetectionService) -> None:
    """Place the tab's parts and connect them; called inside a ``gradio.Blocks``."""
    gr = gradio()
    with gr.Row(equal_height=False):
        with gr.Column(scale=5):
            inputs = _inputs(service)
            run = gr.Button('Find', variant='primary', elem_id='run')
        with gr.Column(scale=7):
            outputs = result_outputs()
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
    image = picture_input()
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
        score = score_slider(0.3)
        overlap = gr.Slider(
            0,
            1,
            0.7,
            step=0.01,
            label='NMS threshold',
            info='Of two boxes that overlap more than this, the better one stays.',
            elem_id='overlap',
        )
        limit = limit_slider(service.most_boxes)
        background = gr.Checkbox(
            False,
            label='Add a background phrase',
            info='A blank phrase competes and is never shown; helps published weights.',
            visible=service.takes_phrases,
            elem_id='background',
        )
    return [image, phrases, score, overlap, limit, background]


def _detect(service: DetectionService, image: np.ndarray | None, phrases: str, **settings: Any):
    """Values of the outputs."""
    with errors_on_the_page():
        return result_values(service.detect(image, phrases, **settings))


def _export(service: DetectionService, inputs: list[Any]) -> None:
    gr = gradio()
    make = gr.Button('Make an ONNX file for these phrases', elem_id='export')
    file = gr.File(label='ONNX', visible=False, interactive=False, elem_id='onnx')

    def export(phrases: str, background: bool):
        with errors_on_the_page():
            path = service.export(phrases, background)
        return gr.File(value=str(path), visible=True)

    make.click(export, [inputs[1], inputs[-1]], file, api_name='export', concurrency_limit=1)
