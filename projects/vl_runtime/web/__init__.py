"""The page: one tab a file. Needs gradio, and no network.

``DetectionService`` does the work without gradio; ``detection_tab`` shows it; ``page`` puts
tabs together and serves them. A tab is a function without arguments that is called inside
``gradio.Tab``.
"""

from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.detection_tab import detection_tab
from vl_runtime.web.page import build_page, serve_page

__all__ = ['DetectionService', 'build_page', 'detection_tab', 'serve_page']
