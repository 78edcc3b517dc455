"""From a collated batch to what a model computes with."""

from composed_retrieval.models.data_preprocessors.retrieval_preprocessor import (
    RetrievalPreprocessor,
)

__all__ = ['RetrievalPreprocessor']
