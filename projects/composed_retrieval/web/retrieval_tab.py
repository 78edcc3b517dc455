"""The tab that finds the picture that a change of another one asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from composed_retrieval.web.retrieval_service import (
    FoundPicture,
    RetrievalService,
    display_scale,
    resized,
)
from vl_runtime.visualization import draw_boxes
from vl_runtime.web.gradio_library import errors_on_the_page, gradio

_REFERENCES = 12
_BOX_HINT = 'Click two opposite corners on the reference to mark a region.'
_NO_BOXES = ' This model was trained without box attention: a region has no effect.'


def retrieval_tab(service: RetrievalService) -> None:
    """Place the tab's parts and connect them; called inside a ``gradio.Blocks``."""
    gr = gradio()
    names = service.references(_REFERENCES)
    with gr.Row(equal_height=False):
        with gr.Column(scale=5):
            chosen = gr.State(dict(image=None, name=None, corners=[]))
            # Labels and captions of a gallery cover its pictures.
            gr.Markdown('References of the data set: click one')
            shelf = gr.Gallery(
                [service.thumbnail(name) for name in names],
                show_label=False,
                columns=6,
                height=190,
                allow_preview=False,
                elem_id='references',
            )
            upload = gr.Image(
                type='numpy', label='Or a picture of your own', height=140, elem_id='upload'
            )
            shown = gr.Image(
                label='Reference', interactive=False, height=260, format='png', elem_id='reference'
            )
            hint = gr.Markdown(_hint(service), elem_id='hint')
            clear = gr.Button('No region', size='sm', elem_id='no-region')
            text, gallery = _change_and_gallery(service)
            run = gr.Button('Find', variant='primary', elem_id='run')
        with gr.Column(scale=7):
            found = _ranking()
            summary = gr.Markdown('', elem_id='summary')
    reference = [chosen, shown, hint]
    _connect_reference(service, names, shelf=shelf, upload=upload, clear=clear, outputs=reference)

    def find(state, words, of):
        with errors_on_the_page():
            corners = state['corners']
            best = service.search(
                state['image'],
                words,
                box=[*corners[0], *corners[1]] if len(corners) == 2 else None,
                reference=state['name'],
                gallery=of,
            )
        pictures = [(service.thumbnail(p.name), str(rank)) for rank, p in enumerate(best, 1)]
        return pictures, _summary(best)

    run.click(find, [chosen, text, gallery], [found, summary], api_name='find')


def _change_and_gallery(service: RetrievalService) -> tuple[Any, Any]:
    gr = gradio()
    text = gr.Textbox(
        label='What to change',
        placeholder=', '.join(service.example_texts(2)),
        elem_id='change',
    )
    gallery = gr.Dropdown(
        list(service.galleries),
        value=service.galleries[0],
        label='Gallery',
        visible=len(service.galleries) > 1,
        elem_id='gallery',
    )
    return text, gallery


def _ranking() -> Any:
    gr = gradio()
    gr.Markdown('Ranking')
    return gr.Gallery(
        show_label=False,
        columns=4,
        height=620,
        object_fit='contain',
        format='png',
        elem_id='ranking',
    )


def _summary(best: Sequence[FoundPicture]) -> str:
    if not best:
        return ''
    lines = [f'{rank}: {one.name}, {one.score:.3f}' for rank, one in enumerate(best, 1)]
    return '  \n'.join([f'Best: {best[0].name}. Name and score of each:', *lines])


def _connect_reference(
    service: RetrievalService, names: list[str], *, shelf: Any, upload: Any, clear: Any, outputs
) -> None:
    """Where the reference comes from, and its region."""
    gr = gradio()
    chosen, shown, _ = outputs

    def pick(event):
        name = names[event.index]
        return _shown(service, dict(image=service.picture(name), name=name, corners=[]))

    def take(image):
        return _shown(service, dict(image=image, name=None, corners=[]))

    def corner(state, event):
        kept = state['corners'] if len(state['corners']) == 1 else []
        clicked = tuple(value / display_scale(state['image']) for value in event.index)
        return _shown(service, {**state, 'corners': [*kept, clicked]})

    def without_region(state):
        return _shown(service, {**state, 'corners': []})

    for function in (pick, corner):
        # The class itself: as a text in the source gradio could not find it.
        function.__annotations__['event'] = gr.SelectData
    hidden = {'api_visibility': 'private'}
    shelf.select(pick, None, outputs, **hidden)
    upload.upload(take, upload, outputs, **hidden)
    shown.select(corner, chosen, outputs, **hidden)
    clear.click(without_region, chosen, outputs, **hidden)


def _shown(service: RetrievalService, state: dict[str, Any]) -> list[Any]:
    """State, picture with region or corner, hint."""
    image, corners = state['image'], state['corners']
    if image is None:
        return [state, None, _hint(service)]
    scale = display_scale(image)
    image = resized(image, scale)
    if corners:
        points = np.array(corners, dtype=np.float64)
        box = np.array([[*points.min(axis=0), *points.max(axis=0)]]) * scale
        if len(corners) == 1:  # a small square marks it
            box += (-4, -4, 4, 4)
        image = draw_boxes(image[..., ::-1].copy(), box, ['region'])[..., ::-1]
    words = ''
    if len(corners) == 2:
        (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
        words = f'Region: {x1:.0f}, {y1:.0f} to {x2:.0f}, {y2:.0f}. '
    return [state, np.ascontiguousarray(image), words + _hint(service)]


def _hint(service: RetrievalService) -> str:
    return _BOX_HINT + ('' if service.reads_boxes else _NO_BOXES)
