"""Trained weights for users without this toolkit."""

from vlm_detector.export.adapter_folder import export_folder
from vlm_detector.export.folder_link import point_to
from vlm_detector.export.merge import MergeReport, merge_adapter
from vlm_detector.export.prompt_record import prompt_record

__all__ = ['MergeReport', 'export_folder', 'merge_adapter', 'point_to', 'prompt_record']
