"""Metrics of answers in text: how they were read, and what the codec allows."""

from vlm_detector.metrics.answer_statistics_metric import AnswerStatisticsMetric
from vlm_detector.metrics.codec_upper_bound_metric import CodecUpperBoundMetric

__all__ = ['AnswerStatisticsMetric', 'CodecUpperBoundMetric']
