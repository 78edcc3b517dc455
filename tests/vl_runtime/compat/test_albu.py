"""mmdet.Albu without albumentations: four steps, everything else is told."""

import random

import cv2
import numpy as np
import pytest
from mmengine.registry import TRANSFORMS, DefaultScope

import yolo_world  # noqa: F401
from vl_runtime.compat import optional
from vl_runtime.compat.albu import OpenCVAlbu
from vl_runtime.errors import InputValueError

pytestmark = pytest.mark.skipif(
    optional.available('albumentations'), reason="albumentations is installed: mmdet's class"
)
PUBLISHED = [{'type': name, 'p': 0.01} for name in ('Blur', 'MedianBlur', 'ToGray', 'CLAHE')]


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


def run(picture, *steps):
    return OpenCVAlbu(list(steps))({'img': picture.copy(), 'gt_bboxes': 'kept'})


def test_published_step_is_built_under_its_name(picture):
    with DefaultScope.overwrite_default_scope('mmyolo'):
        step = TRANSFORMS.build(
            {
                'type': 'mmdet.Albu',
                'transforms': PUBLISHED,
                'bbox_params': {'type': 'BboxParams', 'format': 'pascal_voc', 'label_fields': []},
                'keymap': {'img': 'image', 'gt_bboxes': 'bboxes'},
            }
        )
    assert isinstance(step, OpenCVAlbu)
    changed = sum((step({'img': picture})['img'] != picture).any() for _ in range(2000))
    assert 40 <= changed <= 125  # 4 steps at 1 %: 79 expected, 9 standard deviation


def test_every_step_keeps_boxes_and_shape(picture):
    for step in PUBLISHED:
        results = run(picture, {**step, 'p': 1.0})
        assert (results['img'] != picture).any()
        assert results['img'].shape == picture.shape and results['img'].dtype == np.uint8
        assert results['gt_bboxes'] == 'kept' and results['img_shape'] == (40, 50)


def test_grey_has_three_equal_channels(picture):
    grey = run(picture, {'type': 'ToGray', 'p': 1})['img']
    assert (grey == grey[..., :1]).all()


def test_blur_takes_an_odd_kernel_of_its_range(picture):
    found = run(picture, {'type': 'Blur', 'blur_limit': (5, 6), 'p': 1})['img']
    np.testing.assert_array_equal(found, cv2.blur(picture, (5, 5)))


def test_seed_decides(picture):
    found = []
    for _ in range(2):
        random.seed(7)
        found.append(run(picture, {'type': 'CLAHE'}, {'type': 'MedianBlur'})['img'])
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(
    ('step', 'message'),
    [
        ({'type': 'Rotate'}, r"step 'Rotate' needs the package albumentations.*pip install"),
        ({'type': 'Blurr'}, r"Did you mean 'Blur'"),
        ({'type': 'Blur', 'sigma': 1}, r"Blur has no argument 'sigma'.*known: p, blur_limit"),
        ({'type': 'Blur', 'blur_limit': (4, 4)}, r'no odd kernel size in blur_limit \(4, 4\)'),
    ],
)
def test_what_it_cannot_do_is_told(step, message):
    with pytest.raises(InputValueError, match=message):
        OpenCVAlbu([step])
