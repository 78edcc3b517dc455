"""Metrics on ranked names: CIRR, FashionIQ, CIRCO, OACIRR."""

from composed_retrieval.metrics.circo_metric import CIRCOMetric
from composed_retrieval.metrics.cirr_metric import CIRRMetric
from composed_retrieval.metrics.fashion_iq_metric import FashionIQMetric
from composed_retrieval.metrics.oacirr_metric import OACIRRMetric

__all__ = ['CIRCOMetric', 'CIRRMetric', 'FashionIQMetric', 'OACIRRMetric']
