"""Small models of the genuine classes, made on the spot: for tests and the demo."""

from vlm_detector.families.tiny.tiny_models import TINY_FAMILIES, save_tiny_model
from vlm_detector.families.tiny.tiny_tokenizers import tiny_florence_tokenizer, tiny_qwen_tokenizer

__all__ = ['TINY_FAMILIES', 'save_tiny_model', 'tiny_florence_tokenizer', 'tiny_qwen_tokenizer']
