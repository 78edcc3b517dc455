"""Metrics of answers in text: how they were read, whether they are right, what the codec allows."""

from vlm_detector.metrics.answer_statistics_metric import AnswerStatisticsMetric
from vlm_detector.metrics.codec_upper_bound_metric import CodecUpperBoundMetric
from vlm_detector.metrics.task_metric import TaskMetric
from vlm_detector.metrics.text_answer_metric import TextAnswerMetric

__all__ = ['AnswerStatisticsMetric', 'CodecUpperBoundMetric', 'TaskMetric', 'TextAnswerMetric']
