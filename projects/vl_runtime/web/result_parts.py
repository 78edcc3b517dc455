"""Parts that tabs have in common: where a picture comes in, where a result is shown."""

from __future__ import annotations

from typing import Any

from vl_runtime.web.gradio_library import gradio
from vl_runtime.web.shown_result import COLUMNS, ShownResult


def picture_input() -> Any:
    """A picture from a file, a camera or the clipboard."""
    return gradio().Image(
        type='numpy',
        label='Picture',
        sources=['upload', 'webcam', 'clipboard'],
        height=340,
        elem_id='picture',
    )


def score_slider(value: float) -> Any:
    """The least score of a box."""
    return gradio().Slider(0, 1, value, step=0.01, label='Score threshold', elem_id='score')


def limit_slider(most: int) -> Any:
    """The largest number of boxes."""
    return gradio().Slider(1, most, min(100, most), step=1, label='Maximum boxes', elem_id='limit')


def result_outputs(suffix: str = '') -> list[Any]:
    """Picture, summary, table and download, in the order of ``result_values``.

    Args:
        suffix: of the element ids, where a page has more than one result.
    """
    gr = gradio()
    picture = gr.Image(
        label='Result',
        interactive=False,
        height=420,
        format='png',
        buttons=['download', 'fullscreen'],
        elem_id=f'result{suffix}',
    )
    summary = gr.Markdown('', elem_id=f'summary{suffix}')
    table = gr.Dataframe(
        headers=list(COLUMNS),
        datatype=['str', *['number'] * (len(COLUMNS) - 1)],
        interactive=False,
        max_height=260,
        column_widths=['25%', *['15%'] * (len(COLUMNS) - 1)],
        visible=False,
        elem_id=f'table{suffix}',
    )
    download = gr.DownloadButton('Download COCO JSON', interactive=False, elem_id=f'json{suffix}')
    return [picture, summary, table, download]


def result_values(result: ShownResult) -> list[Any]:
    """The values of ``result_outputs``."""
    gr = gradio()
    return [
        gr.Image(value=result.picture, visible=result.picture is not None),
        result.summary,
        gr.Dataframe(value=result.rows, visible=bool(result.rows)),
        gr.DownloadButton(value=str(result.json_path), interactive=True),
    ]
