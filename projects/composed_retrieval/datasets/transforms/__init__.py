"""Steps from an item of a query or gallery data set to what a model gets."""

from composed_retrieval.datasets.transforms.clean_caption import CleanCaption
from composed_retrieval.datasets.transforms.load_pictures import LoadPictures
from composed_retrieval.datasets.transforms.pack_pictures import PackPictures
from composed_retrieval.datasets.transforms.pad_resize_crop import PadResizeCrop
from composed_retrieval.datasets.transforms.random_caption_order import RandomCaptionOrder

__all__ = [
    'CleanCaption',
    'LoadPictures',
    'PackPictures',
    'PadResizeCrop',
    'RandomCaptionOrder',
]
