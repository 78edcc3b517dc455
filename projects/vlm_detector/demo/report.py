"""The demo's table and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vl_runtime.demo.shapes_data import TAUGHT_PHRASES, UNTAUGHT_PHRASES
from vl_runtime.reports.tables import markdown_table
from vlm_detector.demo.evaluation import ShapesScores

_HEADER = (
    'model',
    'AP, 12 taught',
    'AP, 4 new',
    'mean IoU',
    'success@0.5',
    'any phrase',
    'shuffled',
    'mean IoU, 16',
    'success@0.5, 16',
    'parse rate',
)
_LEGEND = (
    'AP: COCO AP on the test pictures. Mean IoU and success@0.5: over the objects of the '
    'validation pictures (12 phrases), and of the test pictures (16). Any phrase: IoU of the best '
    'box whatever its phrase; shuffled: the same with the answers of other pictures, which is '
    'what chance gives. Parse rate: answers that are wholly in the format of the family.'
)
PICTURES = {
    'Qwen3-VL tiny': 'qwen3_vl',
    'Qwen3-VL tiny + LoRA': 'qwen3_vl_lora',
    'Florence-2 tiny': 'florence2',
    'Florence-2 tiny + LoRA': 'florence2_lora',
}


def score_table(scores: Mapping[str, ShapesScores]) -> str:
    """One row a model."""
    rows = [
        [
            name,
            found.taught_ap,
            found.untaught_ap,
            found.mean_iou,
            found.success,
            found.located_iou,
            found.shuffled_iou,
            found.test_mean_iou,
            found.test_success,
            '-' if found.parse_rate is None else found.parse_rate,
        ]
        for name, found in scores.items()
    ]
    return markdown_table(_HEADER, rows)


def report_page(
    scores: Mapping[str, ShapesScores], seconds: Mapping[str, float], notes: Sequence[str]
) -> str:
    """``report.md``: table, times, pictures and curves, relative to the work folder."""
    lines = [
        '# Boxes as text: tiny vision-language models, trained from random weights',
        '',
        f'Taught: {", ".join(TAUGHT_PHRASES)}. New, taught by LoRA on the frozen models: '
        f'{", ".join(UNTAUGHT_PHRASES)}.',
        '',
        score_table(scores),
        '',
        _LEGEND,
        '',
        *(f'* {note}' for note in notes),
        '',
        markdown_table(['step', 'seconds'], [[k, f'{v:.0f}'] for k, v in seconds.items()]),
        '',
    ]
    for name, folder in PICTURES.items():
        if name in scores:
            lines += [
                f'## {name}: what is there (green), what was answered (red)',
                '',
                f'![answers]({folder}/answers.png)',
                '',
                f'![training]({folder}/training_curve.png)',
                '',
            ]
    return '\n'.join(lines)
