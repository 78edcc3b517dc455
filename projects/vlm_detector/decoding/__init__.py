"""From requests to boxes: generation, grammar, scores and the predictions file."""

from vlm_detector.decoding.batched_greedy_engine import BatchedGreedyEngine
from vlm_detector.decoding.box_grammar import BoxGrammar
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.naive_engine import NaiveEngine

__all__ = [
    'BatchedGreedyEngine',
    'BoxGrammar',
    'GeneratedAnswer',
    'GenerationRequest',
    'NaiveEngine',
]
