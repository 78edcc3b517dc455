import pytest
import torch
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vl_runtime.metrics import BoxIoUMetric


def gt(*rows):
    return {'instances': [{'bbox': box, 'bbox_label': label} for box, label in rows]}


def test_one_answer_per_picture_by_hand(annotation_file, sample, evaluate):
    path = annotation_file(
        [(1, 10, [0, 0, 10, 10], {}), (2, 10, [0, 0, 10, 10], {}), (3, 10, [0, 0, 10, 10], {})],
        num_images=3,
    )
    samples = [
        sample(1, [[0, 0, 10, 10]]),  # IoU 1
        sample(2, [[0, 0, 10, 6]]),  # IoU 0.6
        sample(3),  # no answer
    ]

    scores = evaluate(METRICS.build({'type': 'BoxIoUMetric', 'ann_file': path}), samples)

    assert scores == {
        'box/mean_iou': pytest.approx(1.6 / 3),
        'box/mean_iou_answered': pytest.approx(0.8),
        'box/success@0.5': pytest.approx(2 / 3),
        'box/success@0.75': pytest.approx(1 / 3),
        'box/answer_rate': pytest.approx(2 / 3),
    }


def test_only_the_best_scoring_answer_is_looked_at(sample, evaluate):
    boxes = [[0, 0, 10, 10], [50, 50, 60, 60]]

    scores = evaluate(BoxIoUMetric(), [sample(1, boxes, [0.3, 0.9], **gt(([0, 0, 10, 10], 0)))])

    assert scores['box/mean_iou'] == 0
    assert scores['box/answer_rate'] == 1


def test_equal_scores_keep_the_order_of_the_answer(sample, evaluate):
    boxes = [[0, 0, 10, 10], [50, 50, 60, 60]]

    scores = evaluate(BoxIoUMetric(), [sample(1, boxes, [1.0, 1.0], **gt(([0, 0, 10, 10], 0)))])

    assert scores['box/mean_iou'] == 1


def test_answers_are_paired_one_to_one_by_label(sample, evaluate):
    objects = gt(([0, 0, 10, 10], 0), ([20, 0, 30, 10], 0), ([50, 0, 60, 10], 1))
    boxes = [[20, 0, 30, 10], [0, 0, 10, 10], [50, 0, 60, 10]]

    scores = evaluate(BoxIoUMetric(), [sample(1, boxes, labels=[0, 0, 0], **objects)])

    assert scores['box/mean_iou'] == pytest.approx(2 / 3)  # the dog got no answer
    assert scores['box/mean_iou_answered'] == 1
    assert scores['box/answer_rate'] == pytest.approx(2 / 3)


def test_silence_on_an_empty_picture_is_correct(sample, evaluate):
    samples = [
        sample(1, **gt()),
        sample(2, [[0, 0, 9, 9]], **gt()),
        sample(3, [[0, 0, 9, 9]], **gt(([0, 0, 9, 9], 0))),
    ]

    scores = evaluate(BoxIoUMetric(), samples)

    assert scores['box/empty_correct'] == 0.5
    assert scores['box/mean_iou'] == 1


def test_the_threshold_turns_weak_boxes_into_silence(sample, evaluate):
    samples = [sample(1, [[0, 0, 9, 9]], [0.2], **gt(([0, 0, 9, 9], 0)))]

    scores = evaluate(BoxIoUMetric(score_threshold=0.3), samples)

    assert scores['box/answer_rate'] == scores['box/mean_iou_answered'] == 0


def test_crowds_are_left_out(annotation_file, sample, evaluate):
    path = annotation_file(
        [(1, 10, [0, 0, 10, 10], {}), (1, 10, [0, 0, 90, 90], {'iscrowd': 1})], num_images=1
    )

    scores = evaluate(BoxIoUMetric(path), [sample(1, [[0, 0, 10, 10]])])

    assert scores['box/mean_iou'] == scores['box/answer_rate'] == 1


def test_several_phrases_of_one_picture_are_separate_samples(sample, evaluate):
    first = {'bboxes': torch.tensor([[0.0, 0.0, 10.0, 10.0]]), 'labels': torch.tensor([0])}
    second = {'bboxes': torch.tensor([[30.0, 0.0, 40.0, 10.0]]), 'labels': torch.tensor([0])}
    box = [[0, 0, 10, 10]]

    scores = evaluate(
        BoxIoUMetric(), [sample(1, box, gt_instances=first), sample(1, box, gt_instances=second)]
    )

    assert scores['box/mean_iou'] == 0.5


def test_no_object_at_all_gives_zeros(sample, evaluate):
    scores = evaluate(BoxIoUMetric(), [sample(1, **gt())])

    assert scores['box/mean_iou'] == scores['box/answer_rate'] == 0
    assert scores['box/empty_correct'] == 1


def test_a_picture_of_another_file_is_named(annotation_file, sample, evaluate):
    with pytest.raises(InputValueError, match='picture 9 was evaluated, but is not among the 2'):
        evaluate(BoxIoUMetric(annotation_file([])), [sample(9)])


def test_a_data_set_without_classes_is_refused():
    with pytest.raises(InputValueError, match='the data set names no classes'):
        BoxIoUMetric().dataset_meta = {'classes': ()}
