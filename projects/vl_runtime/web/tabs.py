"""Which tabs a detector gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vl_runtime.inference import Predictor
from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.detection_tab import detection_tab
from vl_runtime.web.question_service import QuestionService
from vl_runtime.web.question_tab import question_tab


def tabs_of(
    predictor: Predictor, exporter: Callable[[Any, Path], Any] | None = None
) -> dict[str, Callable[[], None]]:
    """Tabs for ``build_page``: questions for a model that can be asked, else phrases to find.

    Args:
        exporter: see ``DetectionService``.
    """
    if predictor.tasks:
        questions = QuestionService(predictor)
        return {'Questions': lambda: question_tab(questions)}
    detection = DetectionService(predictor, exporter)
    return {'Detection': lambda: detection_tab(detection)}
