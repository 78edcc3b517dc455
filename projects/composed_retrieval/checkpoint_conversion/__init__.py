"""Checkpoints of SPRC, LAVIS and transformers <-> ours."""

from composed_retrieval.checkpoint_conversion.convert import (
    TARGETS,
    RetrieverConversion,
    convert_retriever,
)

__all__ = ['TARGETS', 'RetrieverConversion', 'convert_retriever']
