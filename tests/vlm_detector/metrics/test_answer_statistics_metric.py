import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vl_runtime.metrics import CocoDetectionMetric
from vlm_detector.metrics import AnswerStatisticsMetric


def read(status='ok', **fields):
    return {'parse_status': status, **fields}


def objects(*rows):
    return {'instances': [{'bbox': box, 'bbox_label': label} for box, label in rows]}


SQUARE = ([0, 0, 10, 10], 0)


def test_rates_are_shares_of_all_samples(sample, evaluate):
    samples = [
        sample(1, **read('ok', truncated=True), **objects()),
        sample(2, **read('recovered', multi_box=True), **objects()),
        sample(3, **read('fail'), **objects()),
        sample(4, **read('empty_ok'), **objects()),
    ]

    scores = evaluate(METRICS.build({'type': 'AnswerStatisticsMetric'}), samples)

    for key in ('parse_ok', 'parse_recovered', 'parse_fail', 'empty_ok', 'truncated', 'multi_box'):
        assert scores[f'answer/{key}'] == 0.25


def test_counters_are_summed(sample, evaluate):
    samples = [
        sample(1, **read(counters={'swapped': 2, 'clipped': 0}), **objects()),
        sample(2, **read(counters={'swapped': 1, 'duplicate': 5}), **objects()),
    ]

    scores = evaluate(AnswerStatisticsMetric(), samples)

    assert scores['answer/count/swapped'] == 3
    assert scores['answer/count/clipped'] == 0
    assert scores['answer/count/duplicate'] == 5


def test_an_unreadable_answer_counts_as_zero(sample, evaluate):
    samples = [
        sample(1, [[0, 0, 10, 8]], **read(), **objects(SQUARE)),  # IoU 0.8
        sample(2, **read('fail'), **objects(SQUARE)),
    ]

    scores = evaluate(AnswerStatisticsMetric(), samples)

    assert scores['answer/mean_iou'] == pytest.approx(0.4)
    assert scores['answer/mean_iou_parsed'] == pytest.approx(0.8)
    assert scores['answer/success@0.5'] == scores['answer/success@0.75'] == 0.5
    assert scores['answer/recall@0.5'] == 0.5
    assert scores['answer/precision@0.5'] == 1
    assert scores['answer/f1@0.5'] == pytest.approx(2 / 3)


def test_precision_counts_every_box_and_ignores_scores(sample, evaluate):
    boxes = [[50, 50, 60, 60], [0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10]]
    truth = objects(SQUARE, ([20, 0, 30, 10], 1))

    for scores in ([0.9, 0.1, 0.8, 0.7], [1.0] * 4):
        result = evaluate(AnswerStatisticsMetric(), [sample(1, boxes, scores, **read(), **truth)])

        assert result['answer/precision@0.5'] == 0.25  # far away, found twice, other class
        assert result['answer/recall@0.5'] == 0.5


def test_boxes_on_a_crowd_count_neither_way(annotation_file, sample, evaluate):
    path = annotation_file(
        [(1, 10, [0, 0, 10, 10], {}), (1, 10, [40, 40, 40, 40], {'iscrowd': 1})], num_images=1
    )
    boxes = [[0, 0, 10, 10], [45, 45, 55, 55], [60, 60, 70, 70]]

    scores = evaluate(AnswerStatisticsMetric(path), [sample(1, boxes, **read())])

    assert scores['answer/precision@0.5'] == scores['answer/recall@0.5'] == 1


def test_average_recall_is_that_of_coco(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 20, [10, 10, 50, 40], {})])
    boxes = {1: [[0, 0, 40, 30]], 2: [[10, 10, 60, 48], [0, 0, 5, 5]]}
    samples = [sample(k, boxes[k], labels=[k - 1] * len(boxes[k]), **read()) for k in (1, 2)]

    scores = evaluate(AnswerStatisticsMetric(path), samples)

    assert (
        scores['answer/AR@100'] == evaluate(CocoDetectionMetric(path), samples)['coco/bbox_AR@100']
    )
    assert 0 < scores['answer/AR@100'] < 1


def test_no_box_and_no_object_gives_finite_values(sample, evaluate):
    scores = evaluate(AnswerStatisticsMetric(), [sample(1, **read('fail'), **objects())])

    assert scores['answer/f1@0.5'] == scores['answer/mean_iou'] == 0
    assert scores['answer/AR@100'] == -1
    json.dumps(scores, allow_nan=False)


def test_the_log_says_how_scores_were_made(sample, evaluate, monkeypatch):
    lines = []
    module = 'vlm_detector.metrics.answer_statistics_metric.print_log'
    monkeypatch.setattr(module, lambda text, logger: lines.append(text))

    evaluate(
        AnswerStatisticsMetric(),
        [sample(1, **read(score_method='label_coordinates'), **objects())],
    )

    assert 'scores of the boxes: label_coordinates' in lines[0]
    assert 'parse_ok' in lines[0]


def test_results_of_two_processes_are_joined(sample):
    samples = [
        sample(1, [[0, 0, 10, 8]], **read(), **objects(SQUARE)),
        sample(2, **read('fail'), **objects(SQUARE)),
    ]
    whole, first, second = (AnswerStatisticsMetric() for _ in range(3))
    for metric, part in ((whole, samples), (first, samples[:1]), (second, samples[1:])):
        metric.dataset_meta = {'classes': ('cat', 'dog')}
        metric.process({}, part)

    joined = whole.compute_metrics(first.results + second.results)

    assert joined == whole.compute_metrics(whole.results)


def test_a_detector_without_text_is_refused(sample, evaluate):
    with pytest.raises(InputValueError, match=r'image 1: expected parse_status ok, .*found None'):
        evaluate(AnswerStatisticsMetric(), [sample(1, **objects())])


def ap(path, sample, evaluate, rows):
    """AP of predictions (image, box, score), in the order given."""
    images = {image for image, _, _ in rows}
    samples = [
        sample(
            image,
            [box for where, box, _ in rows if where == image],
            [score for where, _, score in rows if where == image],
        )
        for image in dict.fromkeys(image for image, _, _ in rows)
    ]
    assert len(images) == len(samples)
    return evaluate(CocoDetectionMetric(path), samples)['coco/bbox_mAP']


def test_order_changes_the_ap_of_equal_scores_and_not_of_real_ones(
    annotation_file, sample, evaluate
):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 10, [0, 0, 40, 40], {})])
    hit, miss = [0, 0, 40, 40], [60, 60, 90, 90]
    rows = [(1, hit, 0.9), (1, miss, 0.2), (2, miss, 0.3), (2, hit, 0.8)]
    turned = [rows[1], rows[0], rows[3], rows[2]]
    equal = [[(i, box, 1.0) for i, box, _ in order] for order in (rows, rows[::-1], turned)]

    scored = {ap(path, sample, evaluate, order) for order in (rows, rows[::-1], turned)}
    constant = [ap(path, sample, evaluate, order) for order in equal]

    assert list(scored) == [pytest.approx(1)]
    assert len({round(value, 6) for value in constant}) > 1
    assert constant == [ap(path, sample, evaluate, order) for order in equal]  # reproducible


def test_ap_equals_pycocotools_on_the_exported_file(annotation_file, sample, evaluate, tmp_path):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    generator = np.random.default_rng(0)
    corners = generator.uniform(0, 50, (10, 2))
    sides = generator.uniform(10, 45, (10, 2))
    path = annotation_file(
        [
            (k + 1, 10, [*corners[k], *sides[k]], {'area': float(sides[k].prod()), 'iscrowd': 0})
            for k in range(10)
        ],
        num_images=10,
    )
    content = json.loads(Path(path).read_text())
    for item in content['annotations']:
        item['id'] += 1  # pycocotools reads id 0 as unmatched
    Path(path).write_text(json.dumps(content))
    boxes = np.concatenate([corners, corners + sides], 1) + generator.normal(0, 3, (10, 4))
    samples = [sample(k + 1, [boxes[k]], [float(generator.random())]) for k in range(10)]
    metric = CocoDetectionMetric(path, outfile_prefix=str(tmp_path / 'answers'))

    ours = evaluate(metric, samples)['coco/bbox_mAP']

    truth = COCO(path)
    reference = COCOeval(truth, truth.loadRes(str(tmp_path / 'answers.bbox.json')), 'bbox')
    reference.evaluate()
    reference.accumulate()
    reference.summarize()
    assert ours == pytest.approx(reference.stats[0], abs=1e-6)
    assert 0.1 < ours < 0.95
