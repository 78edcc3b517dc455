"""From requests to boxes: generation, grammar, scores and the predictions file."""

from vlm_detector.decoding.batched_greedy_engine import BatchedGreedyEngine
from vlm_detector.decoding.box_grammar import BoxGrammar
from vlm_detector.decoding.detect_boxes import detect_boxes
from vlm_detector.decoding.detections import ReadAnswer, add_detections, read_answers
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.naive_engine import NaiveEngine
from vlm_detector.decoding.openai_engine import OpenAIEngine
from vlm_detector.decoding.predict_to_file import evaluate_file, predict_to_file
from vlm_detector.decoding.prediction_record import record_of, sample_of
from vlm_detector.decoding.predictions_file import PredictionsWriter, read_predictions
from vlm_detector.decoding.requests import ImageRequests, build_requests
from vlm_detector.decoding.scores import SCORE_METHODS, box_scores, break_ties, check_score_method

__all__ = [
    'SCORE_METHODS',
    'BatchedGreedyEngine',
    'BoxGrammar',
    'GeneratedAnswer',
    'GenerationRequest',
    'ImageRequests',
    'NaiveEngine',
    'OpenAIEngine',
    'PredictionsWriter',
    'ReadAnswer',
    'add_detections',
    'box_scores',
    'break_ties',
    'build_requests',
    'check_score_method',
    'detect_boxes',
    'evaluate_file',
    'predict_to_file',
    'read_answers',
    'read_predictions',
    'record_of',
    'sample_of',
]
