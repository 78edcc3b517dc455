"""Steps of VLM pipelines."""

from vlm_detector.datasets.transforms.build_conversation import BuildConversation
from vlm_detector.datasets.transforms.pack_conversation import PackConversation

__all__ = ['BuildConversation', 'PackConversation']
