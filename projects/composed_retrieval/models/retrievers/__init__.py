"""Models that retrieve."""

from composed_retrieval.models.retrievers.composed_retriever import ComposedRetriever

__all__ = ['ComposedRetriever']
