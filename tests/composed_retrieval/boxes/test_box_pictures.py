import json

import cv2
import numpy as np
import pytest

from composed_retrieval.boxes.box_pictures import box_pictures
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.fixture
def path(tmp_path):
    (tmp_path / 'deep').mkdir()
    cv2.imwrite(str(tmp_path / 'deep/a.png'), np.full((100, 400, 3), 90, np.uint8))
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps({'a': [[0.4, 0.25, 0.6, 0.75], [0, 0, 0.1, 1]]}))
    return path


def test_originals_and_fitted_pictures_say_what_they_show(path, tmp_path):
    ((picture, caption),) = box_pictures(path, tmp_path)
    assert caption == 'a: 2 boxes'
    assert picture.shape[1] == 4 * picture.shape[0] and picture.std() > 0
    ((picture, caption),) = box_pictures(path, tmp_path, size=100, target_ratio=None)
    assert caption == 'a: 1 boxes, 1 left out'
    assert picture.shape[0] == picture.shape[1]


def test_what_can_not_be_drawn_is_told(path, tmp_path):
    with pytest.raises(InputValueError, match='num: expected at least 1, found 0'):
        next(box_pictures(path, tmp_path, 0))
    path.write_text('{"b": []}')
    with pytest.raises(InputFileNotFoundError, match="no image 'b' among the 1 below"):
        next(box_pictures(path, tmp_path))
    path.write_text('{}')
    with pytest.raises(InputValueError, match='expected boxes of images, found none'):
        next(box_pictures(path, tmp_path))
