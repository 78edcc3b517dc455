"""Steps from an item of a query or gallery data set to what a model gets."""

from composed_retrieval.datasets.transforms.clean_caption import CleanCaption
from composed_retrieval.datasets.transforms.random_caption_order import RandomCaptionOrder

__all__ = ['CleanCaption', 'RandomCaptionOrder']
