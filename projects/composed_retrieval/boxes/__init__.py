"""Boxes of regions: files, statistics, geometry, saliency, generation."""

from composed_retrieval.boxes.box_file import (
    BoxFile,
    PictureBoxes,
    read_box_file,
    write_box_file,
)
from composed_retrieval.boxes.box_statistics import BoxStatistics, box_statistics
from composed_retrieval.boxes.pad_resize_crop_geometry import PadResizeCropGeometry

__all__ = [
    'BoxFile',
    'BoxStatistics',
    'PadResizeCropGeometry',
    'PictureBoxes',
    'box_statistics',
    'read_box_file',
    'write_box_file',
]
