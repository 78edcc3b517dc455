"""The tab that asks a model which answers in words; its base and its adapter side by side."""

from __future__ import annotations

from typing import Any

from vl_runtime.asked_task import AskedTask
from vl_runtime.web.gradio_library import errors_on_the_page, gradio
from vl_runtime.web.question_service import QuestionService
from vl_runtime.web.result_parts import (
    limit_slider,
    picture_input,
    result_outputs,
    result_values,
    score_slider,
)

_FEW = 3  # classes of the recipe, as an example of what to write


def question_tab(service: QuestionService) -> None:
    """Place the tab's parts and connect them; called inside a ``gradio.Blocks``."""
    gr = gradio()
    with gr.Row(equal_height=False):
        with gr.Column(scale=3):
            inputs = _inputs(service)
            run = gr.Button('Ask', variant='primary', elem_id='run')
            prompt = gr.Textbox(label='Prompt', interactive=False, visible=False, elem_id='prompt')
        outputs = [part for version in service.versions for part in _column(version, service)]

    def ask(image, task, phrases, score_threshold, max_boxes):
        with errors_on_the_page():
            results = service.ask(
                image,
                task,
                phrases,
                score_threshold=score_threshold,
                max_boxes=int(max_boxes),
            )
        shown = [value for one in results for value in (*result_values(one), one.answer.text)]
        asked = '\n'.join(results[0].answer.prompts)
        return [gr.Textbox(value=asked, visible=True), *shown]

    run.click(ask, inputs, [prompt, *outputs], api_name='ask', concurrency_limit=4)


def _inputs(service: QuestionService) -> list[Any]:
    gr = gradio()
    image = picture_input()
    first = service.tasks[0]
    task = gr.Radio(
        [(_title(one), one.name) for one in service.tasks],
        value=first.name,
        label='Task',
        elem_id='task',
    )
    phrases = gr.Textbox(lines=3, elem_id='phrases', **_phrase_field(service, first))
    task.change(
        lambda name: gr.Textbox(**_phrase_field(service, service.task(name))),
        task,
        phrases,
        api_visibility='private',
    )
    with gr.Accordion('Settings', open=False):
        score, limit = score_slider(0.0), limit_slider(service.most_boxes)
    return [image, task, phrases, score, limit]


def _title(task: AskedTask) -> str:
    return task.name.replace('_', ' ').capitalize()


def _phrase_field(service: QuestionService, task: AskedTask) -> dict[str, Any]:
    """How the field for phrases looks while a task is chosen."""
    info = 'Separated by commas or line breaks'
    if task.texts == 'each':
        info += '; each is a question of its own.'
    elif service.texts:
        info += f'; empty for the {len(service.texts)} classes of the recipe.'
    else:
        info += '.'
    if task.texts == 'all' and '{' not in task.prompt:
        info += ' This prompt does not name them: boxes with other names are left out.'
    return {
        'label': 'Phrases',
        'info': info,
        'placeholder': ', '.join(service.texts[:_FEW]) or 'a red star, a helmet',
        'visible': task.texts != 'none',
    }


def _column(version: str, service: QuestionService) -> list[Any]:
    """Where the answer of one version of the weights is shown."""
    gr = gradio()
    with gr.Column(scale=4):
        if len(service.versions) > 1:
            gr.Markdown(f'### {version.capitalize()}')
        parts = result_outputs(f'-{version}')
        answer = gr.Textbox(
            label='Raw answer',
            lines=3,
            max_lines=12,
            interactive=False,
            buttons=['copy'],
            elem_id=f'answer-{version}',
        )
    return [*parts, answer]
