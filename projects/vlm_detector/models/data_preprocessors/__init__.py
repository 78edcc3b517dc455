"""From the loader to the model."""

from vlm_detector.models.data_preprocessors.vlm_data_preprocessor import VLMDataPreprocessor

__all__ = ['VLMDataPreprocessor']
