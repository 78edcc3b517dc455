"""Masks in both metrics, against pycocotools and the lvis package used directly."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import METRICS
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.vl_runtime.metrics.mask_cases import SIZE, annotated, random_case, with_masks
from vl_runtime.errors import InputValueError
from vl_runtime.metrics import CocoDetectionMetric, LVISDetectionMetric
from vl_runtime.metrics.segmentations import encode_segmentation

CLASSES = ('cat', 'dog', 'bird')
FEDERATED = {'neg_category_ids': [10, 20, 30], 'not_exhaustive_category_ids': []}
SQUARE = [[10.0, 10, 50, 10, 50, 50, 10, 50]]


def samples_of(predictions, sample):
    return [
        with_masks(sample(image, boxes, scores.tolist(), labels), masks)
        for image, (boxes, scores, labels, masks) in predictions.items()
    ]


def numbered_from_one(path):
    content = json.loads(Path(path).read_text())
    for annotation in content['annotations']:
        annotation['id'] += 1
    Path(path).write_text(json.dumps(content))


def result_rows(predictions):
    return [
        {
            'image_id': image,
            'category_id': 10 * (label + 1),
            'score': float(score),
            'segmentation': coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))),
        }
        for image, (_, scores, labels, masks) in predictions.items()
        for score, label, mask in zip(scores, labels, masks)
    ]


def square_sample(sample, **fields):
    mask = np.zeros((1, SIZE, SIZE), bool)
    mask[:, 10:50, 10:50] = True
    return with_masks(sample(1, [[10, 10, 50, 50]], **fields), mask)


# ------------------------------------------------------------------- values


def test_values_equal_those_of_pycocotools(annotation_file, sample, evaluate):
    annotations, predictions = random_case()
    path = annotation_file(annotations, num_images=12, names=CLASSES)
    numbered_from_one(path)
    metric = METRICS.build(
        {'type': 'CocoDetectionMetric', 'ann_file': path, 'metric': ['bbox', 'segm']}
    )

    scores = evaluate(metric, samples_of(predictions, sample), CLASSES)

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(path)
        reference = COCOeval(truth, truth.loadRes(result_rows(predictions)), 'segm')
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    names = ['mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l', 'AR@1', 'AR@10', 'AR@100']
    for name, expected in zip(names, reference.stats):
        assert scores[f'coco/segm_{name}'] == pytest.approx(expected), name
    assert 0.1 < scores['coco/segm_mAP'] < 0.95
    for index, name in enumerate(CLASSES):
        precision = reference.eval['precision'][:, :, index, 0, -1]
        assert scores[f'coco/segm_AP/{name}'] == pytest.approx(precision[precision > -1].mean())


def test_boxes_score_the_same_with_and_without_masks(annotation_file, sample, evaluate):
    annotations, predictions = random_case()
    path = annotation_file(annotations, num_images=12, names=CLASSES)
    samples = samples_of(predictions, sample)

    alone = evaluate(CocoDetectionMetric(path), samples, CLASSES)
    both = evaluate(CocoDetectionMetric(path, metric=['bbox', 'segm']), samples, CLASSES)

    assert {key: both[key] for key in alone} == alone
    assert both['coco/segm_mAP'] != both['coco/bbox_mAP']


def test_values_equal_those_of_the_lvis_package(annotation_file, sample, evaluate, monkeypatch):
    lvis = pytest.importorskip('lvis')
    monkeypatch.setattr(np, 'float', float, raising=False)  # the package is older than numpy 1.24
    annotations, predictions = random_case(crowds=False)
    path = annotation_file(annotations, num_images=12, names=CLASSES, **FEDERATED)
    numbered_from_one(path)
    content = json.loads(Path(path).read_text())
    for category, frequency in zip(content['categories'], 'rcf'):
        category['frequency'] = frequency
    Path(path).write_text(json.dumps(content))
    metric = LVISDetectionMetric(path, max_per_image=3, metric='segm')

    scores = evaluate(metric, samples_of(predictions, sample), CLASSES)

    rows = [dict(row, bbox=[0, 0, 1, 1]) for row in result_rows(predictions)]
    truth = lvis.LVIS(path)
    found = lvis.LVISResults(truth, rows, max_dets=3)
    for item in found.dataset['annotations']:  # the package takes the area of the box
        item['area'] = float(coco_mask.area(item['segmentation']))
    reference = lvis.LVISEval(truth, found, 'segm')
    reference.run()
    for name in ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'APr', 'APc', 'APf'):
        assert scores[f'lvis/segm_{name}'] == pytest.approx(reference.results[name]), name
    assert 'lvis/bbox_AP' not in scores
    assert 0 < scores['lvis/segm_AP'] < scores['lvis/segm_fixed_AP'] < 1


def test_masks_that_fill_their_boxes_score_like_boxes(annotation_file, sample, evaluate):
    extra = {'segmentation': SQUARE, 'area': 1600.0}
    path = annotation_file(
        [(1, 10, [10, 10, 40, 40], extra)], num_images=1, **dict(FEDERATED, neg_category_ids=[])
    )

    scores = evaluate(LVISDetectionMetric(path, metric=('bbox', 'segm')), [square_sample(sample)])

    for key in ('AP', 'AP50', 'APm', 'fixed_AP', 'AR@300'):
        assert scores[f'lvis/segm_{key}'] == scores[f'lvis/bbox_{key}'] == pytest.approx(1)


def test_a_mask_of_half_the_object_is_a_hit_at_half_overlap_only(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})], names=('cat',))
    mask = np.zeros((1, SIZE, SIZE), bool)
    mask[:, 10:50, 10:31] = True  # 21 of 40 columns
    samples = [with_masks(sample(1, [[10, 10, 50, 50]]), mask), with_masks(
        sample(2), np.zeros((0, SIZE, SIZE), bool))]  # fmt: skip

    scores = evaluate(CocoDetectionMetric(path, metric=['segm', 'bbox']), samples, ('cat',))

    assert scores['coco/bbox_mAP'] == pytest.approx(1)
    assert scores['coco/segm_mAP_50'] == pytest.approx(1)
    assert scores['coco/segm_mAP_75'] == 0
    assert scores['coco/segm_mAP'] == pytest.approx(0.1)  # one of ten thresholds


def test_no_prediction_gives_zero_and_every_key(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})])
    nothing = with_masks(sample(1), np.zeros((0, SIZE, SIZE), bool))
    metric = CocoDetectionMetric(path, metric='segm', subsets={'pets': ['cat', 'dog']})

    scores = evaluate(metric, [nothing])

    assert scores['coco/segm_mAP'] == scores['coco/segm_AP/cat'] == 0
    assert scores['coco/segm_mAP/pets'] == 0
    assert not any('bbox' in key for key in scores)


def test_an_empty_mask_is_a_wrong_one(annotation_file, sample, evaluate):
    path = annotation_file(
        [(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})], num_images=1, **FEDERATED
    )
    empty = with_masks(sample(1, [[10, 10, 50, 50]]), np.zeros((1, SIZE, SIZE), bool))

    assert evaluate(CocoDetectionMetric(path, metric='segm'), [empty])['coco/segm_mAP'] == 0
    assert evaluate(LVISDetectionMetric(path, metric='segm'), [empty])['lvis/segm_AP'] == 0


@pytest.mark.parametrize('metric', [CocoDetectionMetric, LVISDetectionMetric])
def test_masks_are_written_as_coco_results(metric, annotation_file, sample, evaluate, tmp_path):
    extra = {'segmentation': SQUARE}
    path = annotation_file([(1, 10, [10, 10, 40, 40], extra)], num_images=1, **FEDERATED)
    prefix = str(tmp_path / 'pred')

    scores = evaluate(
        metric(path, metric=['bbox', 'segm'], format_only=True, outfile_prefix=prefix),
        [square_sample(sample, scores=[0.5], labels=[1])],
    )

    assert scores == {}
    (box,) = json.loads(Path(f'{prefix}.bbox.json').read_text())
    (row,) = json.loads(Path(f'{prefix}.segm.json').read_text())
    assert box == {'image_id': 1, 'category_id': 20, 'bbox': [10, 10, 40, 40], 'score': 0.5}
    assert (row['image_id'], row['category_id'], row['score']) == (1, 20, 0.5)
    assert 'bbox' not in row
    assert coco_mask.decode(row['segmentation']).sum() == 1600


# ------------------------------------------------------------------- errors


def test_predictions_without_masks_are_told(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})])

    with pytest.raises(InputValueError, match="metric 'segm' compares masks, but the predictions"):
        evaluate(CocoDetectionMetric(path, metric='segm'), [sample(1, [[0, 0, 5, 5]])])


def test_masks_of_another_size_are_told(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})])
    small = with_masks(sample(1, [[0, 0, 5, 5]]), np.zeros((1, 40, 40), bool))

    with pytest.raises(InputValueError, match=r'masks of shape \(1, 100, 100\) .*found \(1, 40'):
        evaluate(CocoDetectionMetric(path, metric='segm'), [small])


def test_a_file_with_another_size_than_the_picture_is_told(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [10, 10, 40, 40], {'segmentation': SQUARE})], num_images=1)
    content = json.loads(Path(path).read_text())
    content['images'][0].update(height=200)
    Path(path).write_text(json.dumps(content))

    with pytest.raises(InputValueError, match=r'image 1: the file states \[200, 100\]'):
        evaluate(CocoDetectionMetric(path, metric='segm'), [square_sample(sample)])


@pytest.mark.parametrize(
    ('segmentation', 'message'),
    [
        (None, 'annotation 0: expected "segmentation", found none'),
        ([], 'annotation 0: expected "segmentation", found none'),
        ([[1, 2, 3, 4]], 'of at least three points, found'),
        ([1, 2, 3, 4, 5, 6], 'of at least three points, found 1'),
        ({'size': [5, 5], 'counts': 'a'}, r'"size" \[100, 100\] \(height, width\), found size'),
    ],
)
def test_an_object_without_a_usable_mask_is_named(annotation_file, segmentation, message):
    path = annotation_file([(1, 10, [0, 0, 4, 4], {'segmentation': segmentation})])

    CocoDetectionMetric(path)  # boxes alone need no mask
    with pytest.raises(InputValueError, match=message):
        CocoDetectionMetric(path, metric='segm')


def test_an_image_without_a_size_is_named(annotation_file):
    path = annotation_file([(1, 10, [0, 0, 4, 4], {'segmentation': SQUARE})])
    content = json.loads(Path(path).read_text())
    del content['images'][0]['height']
    Path(path).write_text(json.dumps(content))

    with pytest.raises(InputValueError, match='image 1: expected "width" and "height" in pixels'):
        CocoDetectionMetric(path, metric='segm')


def test_masks_need_an_annotation_file():
    with pytest.raises(InputValueError, match="metric 'segm' needs an ann_file"):
        CocoDetectionMetric(metric='segm')


def test_an_unknown_kind_is_told():
    with pytest.raises(InputValueError, match=r"'segm' or \['bbox', 'segm'\], found 'mask'"):
        CocoDetectionMetric(metric='mask')


@pytest.mark.parametrize('form', ['polygons', 'counts', 'compressed'])
def test_every_form_of_annotation_is_the_same_mask(form):
    _, extra = annotated([10.0, 10, 60, 20, 40, 70], form)

    code = encode_segmentation(extra['segmentation'], SIZE, SIZE)

    assert coco_mask.area(code) == extra['area'] > 1000
