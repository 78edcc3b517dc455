"""Small data samples and annotation files for the metrics."""

from tests.metric_fixtures import annotation_file, evaluate, sample

__all__ = ['annotation_file', 'evaluate', 'sample']
