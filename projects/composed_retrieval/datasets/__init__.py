"""Data sets of composed retrieval in their published forms, and the transforms for pictures."""

from composed_retrieval.datasets import transforms
from composed_retrieval.datasets.circo_dataset import CIRCODataset
from composed_retrieval.datasets.cirr_dataset import CIRRDataset
from composed_retrieval.datasets.composed_query import ComposedQuery
from composed_retrieval.datasets.fashion_iq_dataset import FashionIQDataset
from composed_retrieval.datasets.gallery_dataset import GalleryDataset
from composed_retrieval.datasets.oacirr_dataset import OACIRRDataset

__all__ = [
    'CIRCODataset',
    'CIRRDataset',
    'ComposedQuery',
    'FashionIQDataset',
    'GalleryDataset',
    'OACIRRDataset',
    'transforms',
]
