"""Names of grounding boxes: spans of the caption, or the annotation's own words."""

from __future__ import annotations

from typing import Any

from vl_runtime.data_report.annotation_set import CAPTION, TOKENS, AnnotationSet, label_of
from vl_runtime.data_report.finding import ERROR, WARNING, Finding


def check_captions(data: AnnotationSet) -> list[Finding]:
    """Grounding files only; a span past the end of its caption would silently be cut."""
    if data.kind == TOKENS:
        return _check_tokens(data)
    return _check_spans(data) if data.kind == CAPTION else []


def _check_spans(data: AnnotationSet) -> list[Finding]:
    without = [
        f'image {image["id"]} ({data.image_name(image)}): {image.get("caption")!r}'
        for image in data.images
        if not isinstance(image.get('caption'), str)
    ]
    malformed, beyond, blank = [], [], []
    for index, annotation in enumerate(data.annotations):
        caption = data.image_of_id[annotation['image_id']].get('caption')
        spans = annotation.get('tokens_positive')
        where = label_of(index, annotation)
        if not isinstance(spans, list) or not all(_is_span(span) for span in spans):
            malformed.append(f'{where}: {spans!r}')
        elif not isinstance(caption, str):
            continue
        elif any(start < 0 or end > len(caption) or start >= end for start, end in spans):
            beyond.append(f'{where}: {spans} of a caption of {len(caption)} characters')
        elif not ' '.join(caption[start:end] for start, end in spans).strip():
            blank.append(f'{where}: {spans} of {caption!r:.60}')
    rows = (
        (ERROR, without, 'image without a caption'),
        (ERROR, malformed, 'tokens_positive that is no list of [start, end)'),
        (ERROR, beyond, 'token span out of the range of its caption'),
        (WARNING, blank, 'box without a name (training leaves it out)'),
    )
    return _findings(data, rows)


def _check_tokens(data: AnnotationSet) -> list[Finding]:
    missing, blank, scores = [], [], []
    for index, annotation in enumerate(data.annotations):
        tokens = annotation.get('tokens')
        where = label_of(index, annotation)
        if not isinstance(tokens, str):
            missing.append(f'{where}: {tokens!r}')
        elif not tokens.strip():
            blank.append(where)
        score = annotation.get('score', 1.0)
        if not isinstance(score, int | float) or not 0 <= score <= 1:
            scores.append(f'{where}: {score!r}')
    rows = (
        (ERROR, missing, 'annotation without tokens, the name of its box'),
        (WARNING, blank, 'box without a name (training leaves it out)'),
        (WARNING, scores, 'score that is not from 0 to 1'),
    )
    return _findings(data, rows)


def _findings(data: AnnotationSet, rows: Any) -> list[Finding]:
    return [
        Finding.of(data, level, 'captions', message=message, offenders=offenders)
        for level, offenders, message in rows
        if offenders
    ]


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(v, int) and not isinstance(v, bool) for v in span)
    )
