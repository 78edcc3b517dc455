"""Notice images whose size is not the one that the annotation file states."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.logging import print_log


class ImageSizeWatch:
    """Warn once when an image has not the size that the annotation file states.

    Boxes are in pixels of the stated size, so another size (often a rotation kept in the
    EXIF data) means that the boxes are not where they should be.

    Args:
        ann_file: name of the annotation file, for the message.
    """

    def __init__(self, ann_file: str) -> None:
        self.ann_file = ann_file
        self.warned = False

    def look(self, item: Any, stated_wh: tuple[Any, Any], img_path: str | None) -> None:
        """Compare the loaded size of a packed ``item`` with ``stated_wh``."""
        if self.warned or not isinstance(item, dict):
            return
        sample = item.get('data_samples')
        loaded_hw = getattr(sample, 'metainfo', {}).get('ori_shape')
        if loaded_hw is None or None in stated_wh:
            return
        height, width = loaded_hw[:2]
        if (width, height) == (int(stated_wh[0]), int(stated_wh[1])):
            return
        self.warned = True
        print_log(
            f'{self.ann_file}: image {img_path} is {width} x {height} pixels, the file states '
            f'{int(stated_wh[0])} x {int(stated_wh[1])}; boxes are taken as pixels of the image '
            'as it was loaded. Others may be like it; this is said once.',
            'current',
            logging.WARNING,
        )
