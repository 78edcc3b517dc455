"""Partners, cache, masks and errors of the mixing transforms."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import PolygonMasks
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from yolo_world.datasets.explained_pipeline import annotation_file_of

MOSAIC = {'type': 'MultiModalMosaic', 'img_scale': (32, 32)}


def entry(height=24, width=32, boxes=1, masks=False):
    """One image; a rectangle mask for every box when asked for."""
    xyxy = np.array([[2, 2, 12, 10]] * boxes, dtype=np.float32).reshape(-1, 4)
    results = {
        'img': np.full((height, width, 3), 50, dtype=np.uint8),
        'gt_bboxes': HorizontalBoxes(xyxy),
        'gt_bboxes_labels': np.zeros(boxes, dtype=np.int64),
        'gt_ignore_flags': np.zeros(boxes, dtype=bool),
        'texts': [['dog']],
    }
    if masks:
        polygon = [np.array([2, 2, 12, 2, 12, 10, 2, 10], dtype=np.float32)]
        results['gt_masks'] = PolygonMasks([polygon] * boxes, height, width)
    return results


def mix(config, mix_dataset, own, partner):
    results = {**own, 'dataset': mix_dataset([partner])}
    return TRANSFORMS.build(config)(results)


def test_masks_cover_their_boxes_on_a_wide_canvas(mix_dataset):
    config = {**MOSAIC, 'img_scale': (64, 32)}
    results = mix(config, mix_dataset, entry(masks=True), entry(masks=True))
    assert (results['gt_masks'].height, results['gt_masks'].width) == (64, 128)
    np.testing.assert_allclose(
        results['gt_masks'].get_bboxes('hbox').tensor, results['gt_bboxes'].tensor, atol=0.5
    )


def test_partners_without_boxes_need_no_masks(mix_dataset):
    results = mix(MOSAIC, mix_dataset, entry(masks=True), entry(boxes=0))
    assert len(results['gt_masks']) == len(results['gt_bboxes']) == 1


def test_masks_are_dropped_when_some_boxes_have_none(mix_dataset):
    results = mix(MOSAIC, mix_dataset, entry(masks=True), entry())
    assert 'gt_masks' not in results and len(results['gt_bboxes']) == 4


def test_boxes_outside_the_canvas_go_with_their_masks(mix_dataset):
    config = {**MOSAIC, 'bbox_clip_border': False, 'center_ratio_range': (0.01, 0.01)}
    results = mix(config, mix_dataset, entry(masks=True), entry(masks=True))
    assert len(results['gt_masks']) == len(results['gt_bboxes']) == len(results['gt_ignore_flags'])
    assert len(results['gt_bboxes']) < 4


def test_grey_elongated_and_single_pixel_images_are_mixed(mix_dataset):
    tiny = entry(height=1, width=1, boxes=0)
    long = entry(height=200, width=1, boxes=0)
    assert mix(MOSAIC, mix_dataset, tiny, long)['img'].shape == (64, 64, 3)


def test_mixup_treats_missing_masks_as_empty_or_drops_all(mix_dataset):
    config = {'type': 'YOLOv5MultiModalMixUp'}
    one = mix(config, mix_dataset, entry(masks=True), entry(boxes=0))
    assert len(one['gt_masks']) == 1
    assert 'gt_masks' not in mix(config, mix_dataset, entry(masks=True), entry())


def test_mixup_of_different_sizes_is_refused(mix_dataset):
    with pytest.raises(InputValueError, match=r'partner of size \(24, 32\).*found \(20, 32\)'):
        mix({'type': 'YOLOv5MultiModalMixUp'}, mix_dataset, entry(), entry(height=20))


@pytest.mark.parametrize('name', ['MultiModalMosaic9', 'YOLOXMultiModalMixUp'])
def test_masks_that_cannot_be_mixed_are_refused(mix_dataset, name):
    config = {'type': name, 'img_scale': (32, 32)}
    with pytest.raises(InputValueError, match=f'{name} cannot mix gt_masks'):
        mix(config, mix_dataset, entry(masks=True), entry())


def test_partner_without_boxes_leaves_yolox_mixup_unchanged(mix_dataset):
    own = entry()
    image = own['img'].copy()
    config = {'type': 'YOLOXMultiModalMixUp', 'img_scale': (32, 32)}
    results = mix(config, mix_dataset, own, entry(boxes=0))
    np.testing.assert_array_equal(results['img'], image)
    assert 'mix_results' not in results


def test_probability_zero_changes_nothing(mix_dataset):
    own = entry()
    results = mix({**MOSAIC, 'prob': 0.0}, mix_dataset, own, entry())
    assert results['img'].shape == (24, 32, 3) and 'dataset' in results


def test_missing_data_set_is_said():
    with pytest.raises(AssertionError, match=r'expected the data set under results\["dataset"\]'):
        TRANSFORMS.build(MOSAIC)(entry())


def test_data_set_comes_back_when_the_cache_is_still_small(mix_dataset):
    cached = TRANSFORMS.build({**MOSAIC, 'use_cached': True, 'max_cached_images': 5})
    dataset = mix_dataset([entry()])
    shapes = []
    for _ in range(8):
        results = cached({**copy.deepcopy(entry()), 'dataset': dataset})
        assert results['dataset'] is dataset
        shapes.append(results['img'].shape[0])
    assert shapes == [24] * 4 + [64] * 4
    assert len(cached.results_cache) == 5


def test_pre_transform_that_drops_every_image_is_said(mix_dataset, monkeypatch):
    mosaic = TRANSFORMS.build({**MOSAIC, 'max_refetch': 3})
    mosaic.pre_transform = lambda results: None
    with pytest.raises(InputValueError, match=r'pre_transform gave no image in 3 tries'):
        mosaic({**entry(), 'dataset': mix_dataset([entry()])})


def test_broken_partner_image_is_named(mix_dataset, tmp_path):
    config = {**MOSAIC, 'pre_transform': [{'type': 'mmyolo.LoadImageFromFile'}]}
    partner = {**entry(), 'img_path': str(tmp_path / 'gone.png')}
    with pytest.raises(InputFileNotFoundError, match=r'data set, image index 0: .*gone.png'):
        mix(config, mix_dataset, entry(), partner)


def test_the_annotation_file_of_a_wrapped_data_set_is_named():
    inner = SimpleNamespace(ann_file='a.json')
    assert annotation_file_of(SimpleNamespace(dataset=inner)) == 'a.json'
    assert annotation_file_of(object()) == 'data set'
