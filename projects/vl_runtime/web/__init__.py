"""The page: one tab a file. Needs gradio, and no network.

``DetectionService`` and ``QuestionService`` do the work without gradio, ``detection_tab`` and
``question_tab`` show it; ``tabs_of`` chooses for a detector; ``page`` puts tabs together and
serves them. A tab is a function without arguments that is called inside ``gradio.Tab``.
"""

from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.detection_tab import detection_tab
from vl_runtime.web.page import build_page, serve_page
from vl_runtime.web.question_service import QuestionService
from vl_runtime.web.question_tab import question_tab
from vl_runtime.web.tabs import tabs_of

__all__ = [
    'DetectionService',
    'QuestionService',
    'build_page',
    'detection_tab',
    'question_tab',
    'serve_page',
    'tabs_of',
]
