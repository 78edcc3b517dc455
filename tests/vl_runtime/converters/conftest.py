"""Small data sets on disk."""

from pathlib import Path
from xml.sax.saxutils import escape

import cv2
import numpy as np
import pytest


def _picture(path: Path, width: int, height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 128, np.uint8))


def _voc_object(name, box, difficult=0):
    corners = ''.join(
        f'<{corner}>{value}</{corner}>'
        for corner, value in zip(('xmin', 'ymin', 'xmax', 'ymax'), box, strict=True)
    )
    return (
        f'<object><name>{escape(name)}</name><difficult>{difficult}</difficult>'
        f'<bndbox>{corners}</bndbox></object>'
    )


@pytest.fixture
def make_voc(tmp_path):
    """make_voc({'a': [('cat', (1, 2, 30, 40))]}): a VOC folder of 100 x 80 pictures."""

    def make(objects, size=(100, 80), told_size=None):
        root = tmp_path / 'voc'
        (root / 'Annotations').mkdir(parents=True, exist_ok=True)
        width, height = told_size or size
        for stem, items in objects.items():
            _picture(root / 'JPEGImages' / f'{stem}.png', *size)
            (root / 'Annotations' / f'{stem}.xml').write_text(
                f'<annotation><filename>{stem}.png</filename>\n'
                f'<size><width>{width}</width><height>{height}</height></size>\n'
                + '\n'.join(_voc_object(*item) for item in items)
                + '</annotation>'
            )
        return root

    return make


@pytest.fixture
def make_yolo(tmp_path):
    """make_yolo({'a': '0 .5 .5 .2 .2'}, 'cat\\ndog'): a YOLO folder of 100 x 80 pictures."""

    def make(labels, classes='cat\ndog\n'):
        root = tmp_path / 'yolo'
        (root / 'labels').mkdir(parents=True, exist_ok=True)
        for name, text in labels.items():
            _picture(root / 'images' / f'{name}.png', 100, 80)
            if text is not None:
                path = root / 'labels' / f'{name}.txt'
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        if classes is not None:
            (root / 'classes.txt').write_text(classes)
        return root

    return make
