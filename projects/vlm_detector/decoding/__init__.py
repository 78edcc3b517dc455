"""From requests to boxes: generation, grammar, scores and the predictions file."""

from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest

__all__ = ['GeneratedAnswer', 'GenerationRequest']
