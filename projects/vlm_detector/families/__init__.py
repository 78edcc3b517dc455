"""Families of vision-language models: one file each, with the same set of functions."""

from vlm_detector.families.batching import batch_conversations
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.families.family import PARTS, Family
from vlm_detector.families.image_input import ImageInput
from vlm_detector.families.known_families import FAMILIES, family_of

__all__ = [
    'FAMILIES',
    'PARTS',
    'ConversationEncoder',
    'Family',
    'ImageInput',
    'batch_conversations',
    'cached_encoder',
    'family_of',
]
