"""Look a data set over before training: counts, errors and warnings, one file a check."""

from vl_runtime.data_report.data_report import DataReport, check_annotation_file, check_recipe

__all__ = ['DataReport', 'check_annotation_file', 'check_recipe']
