"""Texts -> tokens."""

from composed_retrieval.models.tokenizers.pretrained_tokenizer import PretrainedTokenizer
from composed_retrieval.models.tokenizers.word_list_tokenizer import WordListTokenizer

__all__ = ['PretrainedTokenizer', 'WordListTokenizer']
