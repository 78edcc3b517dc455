import json

import numpy as np
import pytest
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vl_runtime.metrics import LVISDetectionMetric

FEDERATED = {'neg_category_ids': [], 'not_exhaustive_category_ids': []}


@pytest.fixture
def reference(repository):
    return json.loads((repository / 'tests/data/metrics/lvis_reference.json').read_text())


@pytest.fixture
def reference_scores(reference, sample, evaluate, tmp_path):
    path = tmp_path / 'lvis.json'
    path.write_text(json.dumps(reference['annotations']))
    metric = METRICS.build(
        {
            'type': 'LVISDetectionMetric',
            'ann_file': str(path),
            'max_per_image': reference['max_per_image'],
            'max_per_class': reference['max_per_class'],
        }
    )
    samples = [
        sample(item['img_id'], item['bboxes'], item['scores'], item['labels'])
        for item in reference['predictions']
    ]
    return evaluate(metric, samples, [c['name'] for c in reference['annotations']['categories']])


@pytest.mark.parametrize('key', ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'APr', 'APc', 'APf'])
def test_both_kinds_of_ap_equal_the_lvis_package(reference, reference_scores, key):
    assert reference_scores[f'lvis/bbox_{key}'] == pytest.approx(reference['standard'][key])
    assert reference_scores[f'lvis/bbox_fixed_{key}'] == pytest.approx(reference['fixed'][key])


def test_recall_equals_the_lvis_package(reference, reference_scores):
    assert reference_scores['lvis/bbox_AR@10'] == pytest.approx(reference['standard']['AR@300'])
    assert reference_scores['lvis/bbox_fixed_AR'] == pytest.approx(reference['fixed']['AR@300'])


def test_the_two_kinds_differ_where_classes_compete_for_places(annotation_file, sample, evaluate):
    path = annotation_file(
        [(1, 10, [0, 0, 40, 40], {}), (1, 20, [50, 50, 40, 40], {})], num_images=1, **FEDERATED
    )
    boxes = [[0, 0, 40, 40], [50, 50, 90, 90]]

    scores = evaluate(
        LVISDetectionMetric(path, max_per_image=1), [sample(1, boxes, [0.9, 0.1], [0, 1])]
    )

    assert scores['lvis/bbox_AP'] == pytest.approx(0.5)
    assert scores['lvis/bbox_fixed_AP'] == pytest.approx(1)


def test_a_class_is_judged_only_where_it_was_annotated(annotation_file, sample, evaluate):
    annotations = [(1, 10, [0, 0, 40, 40], {})]
    samples = [
        sample(1, [[0, 0, 40, 40]], [0.5]),
        sample(2, [[0, 0, 40, 40]], [0.9]),  # wrong, if somebody looked
    ]

    silent = annotation_file(annotations, **FEDERATED)
    unlisted = evaluate(LVISDetectionMetric(silent), samples)['lvis/bbox_AP']
    absent = annotation_file(annotations, **dict(FEDERATED, neg_category_ids=[10]))
    listed = evaluate(LVISDetectionMetric(absent), samples)['lvis/bbox_AP']

    assert unlisted == pytest.approx(1)
    assert listed == pytest.approx(0.5)


def test_extra_boxes_of_a_class_that_is_not_exhaustive_are_ignored(
    annotation_file, sample, evaluate
):
    path = annotation_file(
        [(1, 10, [0, 0, 40, 40], {})],
        num_images=1,
        neg_category_ids=[],
        not_exhaustive_category_ids=[10],
    )
    boxes = [[60, 60, 90, 90], [0, 0, 40, 40]]

    scores = evaluate(LVISDetectionMetric(path), [sample(1, boxes, [0.9, 0.5])])

    assert scores['lvis/bbox_AP'] == pytest.approx(1)


def test_no_prediction_gives_zero_and_every_key(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})], **FEDERATED)

    scores = evaluate(LVISDetectionMetric(path), [sample(1), sample(2)])

    assert scores['lvis/bbox_AP'] == scores['lvis/bbox_fixed_AP'] == 0
    assert scores['lvis/bbox_APl'] == -1  # no large object
    assert not {'lvis/bbox_APr', 'lvis/bbox_fixed_APr'} & set(scores)  # no frequency given
    assert set(scores) >= {'lvis/bbox_AR@300', 'lvis/bbox_fixed_AR', 'lvis/bbox_fixed_AP75'}


def test_a_part_of_the_file_can_be_evaluated(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 10, [0, 0, 9, 9], {})], **FEDERATED)

    scores = evaluate(LVISDetectionMetric(path), [sample(1, [[0, 0, 40, 40]])])

    assert scores['lvis/bbox_AP'] == pytest.approx(1)


def test_predictions_are_written_as_coco_results(annotation_file, sample, evaluate, tmp_path):
    path = annotation_file([], **FEDERATED)
    metric = LVISDetectionMetric(path, format_only=True, outfile_prefix=str(tmp_path / 'pred'))

    assert evaluate(metric, [sample(2, [[5, 5, 10, 15]], [0.5], [1])]) == {}
    assert json.loads((tmp_path / 'pred.bbox.json').read_text()) == [
        {'image_id': 2, 'category_id': 20, 'bbox': [5, 5, 5, 10], 'score': 0.5}
    ]


def test_values_are_safe_for_json(reference_scores):
    assert all(np.isfinite(value) for value in reference_scores.values())
    json.dumps(reference_scores, allow_nan=False)


def test_a_plain_coco_file_is_refused_with_the_metric_to_use(annotation_file):
    with pytest.raises(InputValueError, match=r"image 0 \(id 1\): expected 'neg_category_ids'"):
        LVISDetectionMetric(annotation_file([]))


def test_a_class_without_a_category_is_named(annotation_file):
    metric = LVISDetectionMetric(annotation_file([], **FEDERATED))

    with pytest.raises(InputValueError, match=r"found none for class 1 \('lorry'\)"):
        metric.dataset_meta = {'classes': ('cat', 'lorry')}


def test_a_data_set_without_classes_is_refused(annotation_file):
    with pytest.raises(InputValueError, match='the data set names no classes'):
        LVISDetectionMetric(annotation_file([], **FEDERATED)).dataset_meta = {}


def test_format_only_needs_a_place_to_write(annotation_file):
    with pytest.raises(InputValueError, match='needs outfile_prefix'):
        LVISDetectionMetric(annotation_file([], **FEDERATED), format_only=True)
