"""The page's tab of composed retrieval; ``RetrievalService`` works without gradio."""

from composed_retrieval.web.retrieval_service import RetrievalService
from composed_retrieval.web.retrieval_tab import retrieval_tab

__all__ = ['RetrievalService', 'retrieval_tab']
