"""Outlines as location tokens, and masks as outlines."""

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.codecs import LocPolygons, require_polygons
from vlm_detector.codecs.outlines import filled, outlines_of, simplified

SIZE = (200, 100)
TRIANGLE = np.array([(20.0, 10.0), (60.0, 10.0), (60.0, 50.0)])


def decode(text, **options):
    return LocPolygons().decode(text, image_size_wh=SIZE, **options)


def test_a_coordinate_is_the_thousandth_it_lies_in():
    written = LocPolygons().encode([[TRIANGLE]], image_size_wh=SIZE)
    assert written == '<loc_100><loc_100><loc_300><loc_100><loc_300><loc_500>'
    read = decode(written)
    assert (read.status, read.spans) == ('ok', ((0, len(written)),))
    # The centres of the thousandths.
    np.testing.assert_allclose(read.objects[0][0], TRIANGLE + (0.1, 0.05))


def test_parts_and_objects_are_told_apart():
    written = LocPolygons().encode([[TRIANGLE, TRIANGLE + 20], [TRIANGLE]], image_size_wh=SIZE)
    assert written.count('<poly>') == written.count('</poly>') == 2 and '<sep>' in written
    read = decode(written)
    assert [len(parts) for parts in read.objects] == [2, 1] and read.status == 'ok'
    assert written[slice(*read.spans[1])].startswith('<loc_100>')
    assert LocPolygons().encode([], image_size_wh=SIZE) == ''
    assert decode('').status == 'empty_ok'


@pytest.mark.parametrize(
    ('text', 'objects', 'status', 'wrong'),
    [
        ('nothing', 0, 'fail', 0),
        ('<loc_1><loc_2>', 0, 'fail', 1),
        ('<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7>', 0, 'fail', 1),
        ('a dog<loc_1><loc_2><loc_3><loc_4><loc_5><loc_9>', 1, 'recovered', 0),
        ('<poly><loc_1><loc_2><loc_3><loc_4><loc_5><loc_9>', 1, 'ok', 0),
    ],
)
def test_broken_answers_are_counted(text, objects, status, wrong):
    read = decode(text)
    found = (len(read.objects), read.status, read.counters['wrong_arity'])
    assert found == (objects, status, wrong)


def test_a_cut_outline_keeps_its_whole_points():
    text = '<loc_1><loc_2><loc_3><loc_4><loc_5><loc_9><loc_7>'
    assert len(decode(text, truncated=True).objects[0][0]) == 3


def test_a_round_mask_comes_back():
    y, x = np.mgrid[:100, :200]
    mask = ((x - 90) ** 2 + (y - 50) ** 2 < 30**2)[None]
    (outline,) = outlines_of(mask, 0)
    written = LocPolygons().encode([[simplified(outline, 0.2)]], image_size_wh=SIZE)
    found = filled(decode(written).objects[0], SIZE)
    assert (found & mask[0]).sum() / (found | mask[0]).sum() > 0.97
    assert filled([], SIZE).sum() == 0


def test_polygons_of_mmdet_are_taken_as_they_are():
    from mmdet.structures.mask import PolygonMasks

    masks = PolygonMasks([[np.array([20, 10, 60, 10, 60, 50.0])]], 100, 200)
    np.testing.assert_allclose(outlines_of(masks, 0)[0], TRIANGLE)


def test_a_codec_without_outlines_is_refused():
    with pytest.raises(InputValueError, match=r"segmentation: expected the codec florence2, .*'qw"):
        require_polygons('qwen3')
