import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import METRICS

from vl_runtime import compat
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.metrics import CocoDetectionMetric

OVERALL = [
    *('bbox_mAP', 'bbox_mAP_50', 'bbox_mAP_75', 'bbox_mAP_s', 'bbox_mAP_m', 'bbox_mAP_l'),
    *('bbox_AR@1', 'bbox_AR@10', 'bbox_AR@100'),
]


def test_perfect_predictions_reach_one_per_class_and_over_all(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 20, [10, 10, 50, 40], {})])
    metric = METRICS.build({'type': 'CocoDetectionMetric', 'ann_file': path})

    scores = evaluate(
        metric, [sample(1, [[0, 0, 40, 40]]), sample(2, [[10, 10, 60, 50]], labels=[1])]
    )

    assert scores['coco/bbox_mAP'] == pytest.approx(1)
    assert scores['coco/AP/cat'] == scores['coco/AP/dog'] == pytest.approx(1)
    assert scores['coco/bbox_mAP_s'] == scores['coco/bbox_mAP_l'] == -1
    assert scores['coco/bbox_AR@100'] == pytest.approx(1)


def test_ap_by_hand_for_one_hit_behind_one_miss(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})], names=('cat',))
    samples = [sample(1, [[50, 50, 60, 60], [0, 0, 40, 40]], scores=[0.9, 0.8]), sample(2)]

    scores = evaluate(CocoDetectionMetric(path), samples, classes=('cat',))

    assert scores['coco/bbox_mAP'] == pytest.approx(0.5)  # precision 1/2 at every recall


def test_no_prediction_gives_zero_and_every_key(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 20, [10, 10, 50, 40], {})])
    metric = CocoDetectionMetric(path, subsets={'pets': ['cat', 'dog']})

    scores = evaluate(metric, [sample(1), sample(2)])

    assert set(scores) == {f'coco/{key}' for key in [*OVERALL, 'AP/cat', 'AP/dog', 'mAP/pets']}
    assert scores['coco/bbox_mAP'] == scores['coco/AP/dog'] == scores['coco/mAP/pets'] == 0


def test_a_class_without_an_object_is_left_out_of_means_and_keys(
    annotation_file, sample, evaluate, caplog
):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})])
    metric = CocoDetectionMetric(path, subsets={'both': ['cat', 'dog'], 'only_dog': ['dog']})
    samples = [sample(1, [[0, 0, 40, 40], [0, 0, 9, 9]], labels=[0, 1]), sample(2)]

    scores = evaluate(metric, samples)

    assert scores['coco/bbox_mAP'] == scores['coco/mAP/both'] == pytest.approx(1)
    assert 'coco/AP/dog' not in scores
    assert 'coco/mAP/only_dog' not in scores
    assert all(np.isfinite(value) for value in scores.values())
    json.dumps(scores, allow_nan=False)


def test_a_class_that_the_file_lacks_is_left_out(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})], names=('cat',))
    samples = [sample(1, [[0, 0, 40, 40], [0, 0, 9, 9]], labels=[0, 1]), sample(2)]

    scores = evaluate(CocoDetectionMetric(path), samples, classes=('bird', 'cat'))

    assert scores['coco/AP/cat'] == 0  # the good box said 'bird'
    assert 'coco/AP/bird' not in scores


def test_labels_follow_the_order_of_the_classes_not_of_the_file(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 20, [10, 10, 50, 40], {})])
    samples = [sample(1, [[0, 0, 40, 40]], labels=[1]), sample(2)]

    scores = evaluate(CocoDetectionMetric(path), samples, classes=('dog', 'cat'))

    assert scores['coco/AP/cat'] == pytest.approx(1)
    assert scores['coco/AP/dog'] == 0


def test_a_crowd_absorbs_detections(annotation_file, sample, evaluate):
    crowd = {'iscrowd': 1, 'area': 1600}
    path = annotation_file(
        [(1, 10, [0, 0, 20, 20], {}), (1, 10, [40, 40, 40, 40], crowd)], names=('cat',)
    )
    inside_crowd = [[40, 40, 50, 50], [60, 60, 70, 70]]
    samples = [
        sample(1, [*inside_crowd, [0, 0, 20, 20]], scores=[0.9, 0.8, 0.7]),
        sample(2),
    ]

    scores = evaluate(CocoDetectionMetric(path), samples, classes=('cat',))

    assert scores['coco/bbox_mAP'] == pytest.approx(1)


def test_ground_truth_of_the_samples_serves_without_a_file(sample, evaluate):
    instances = [{'bbox': [0, 0, 40, 40], 'bbox_label': 1}]
    samples = [sample('a', [[0, 0, 40, 40]], labels=[1], instances=instances)]
    samples.append(sample('b', instances=[]))

    scores = evaluate(CocoDetectionMetric(), samples)

    assert scores['coco/AP/dog'] == pytest.approx(1)


def test_only_evaluated_pictures_count(annotation_file, sample, evaluate):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {}), (2, 10, [10, 10, 50, 40], {})])

    scores = evaluate(CocoDetectionMetric(path), [sample(1, [[0, 0, 40, 40]])])

    assert scores['coco/bbox_mAP'] == pytest.approx(1)


def test_no_object_anywhere_gives_minus_one(annotation_file, sample, evaluate):
    path = annotation_file([])

    assert evaluate(CocoDetectionMetric(path), [sample(1)])['coco/bbox_mAP'] == -1


def test_predictions_are_written_as_coco_results(annotation_file, sample, evaluate, tmp_path):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})])
    metric = CocoDetectionMetric(path, format_only=True, outfile_prefix=str(tmp_path / 'out/pred'))

    scores = evaluate(metric, [sample(1, [[5, 5, 10, 15]], scores=[0.5], labels=[1])])

    assert scores == {}
    assert json.loads((tmp_path / 'out/pred.bbox.json').read_text()) == [
        {'image_id': 1, 'category_id': 20, 'bbox': [5, 5, 5, 10], 'score': 0.5}
    ]


def random_case(num_images=25):
    """Per picture four boxes near objects, with some wrong labels, and two anywhere."""
    generator = np.random.default_rng(3)
    annotations, predictions = [], {}
    for image in range(1, num_images + 1):
        corner = generator.uniform(0, 60, (6, 2))
        size = generator.uniform(10, 120, (6, 2))
        labels = generator.integers(0, 3, 6)
        for k in range(4):
            box = [*corner[k].tolist(), *size[k].tolist()]
            extra = {'area': box[2] * box[3], 'iscrowd': int(generator.random() < 0.1)}
            annotations.append((image, 10 * int(labels[k] + 1), box, extra))
        shifted = np.concatenate([corner, corner + size], 1) + generator.normal(0, 3, (6, 4))
        labels[0] = generator.integers(0, 3)
        predictions[image] = shifted, generator.random(6), labels
    return annotations, predictions


def test_values_equal_those_of_mmdet(annotation_file, sample, evaluate):
    compat.install()
    from mmdet.evaluation import CocoMetric

    annotations, predictions = random_case()
    classes = ('cat', 'dog', 'bird')
    # pycocotools reads annotation id 0 as unmatched; the reference needs ids from 1
    path = annotation_file(annotations, num_images=25, names=classes)
    content = json.loads(Path(path).read_text())
    for annotation in content['annotations']:
        annotation['id'] += 1
    Path(path).write_text(json.dumps(content))
    samples = [
        sample(image, boxes, scores, labels)
        for image, (boxes, scores, labels) in predictions.items()
    ]

    ours = evaluate(CocoDetectionMetric(path), samples, classes)
    theirs = evaluate(
        CocoMetric(path, classwise=True, proposal_nums=(1, 10, 100)), samples, classes
    )

    assert 0.05 < ours['coco/bbox_mAP'] < 0.95
    for key in OVERALL[:6]:
        assert round(ours[f'coco/{key}'], 3) == pytest.approx(theirs[f'coco/{key}'])
    for name in classes:
        assert round(ours[f'coco/AP/{name}'], 3) == pytest.approx(theirs[f'coco/{name}_precision'])


def test_nothing_is_printed(annotation_file, sample, evaluate, capsys):
    path = annotation_file([(1, 10, [0, 0, 40, 40], {})])

    evaluate(CocoDetectionMetric(path, classwise=False), [sample(1), sample(2)])

    assert 'Accumulating' not in capsys.readouterr().out


def test_an_unknown_class_in_a_group_is_named():
    with pytest.raises(InputKeyError, match=r"subsets\['pets'\] names 'cats'.*Did you mean 'cat'"):
        CocoDetectionMetric(subsets={'pets': ['cats']}).dataset_meta = {'classes': ('cat', 'dog')}


def test_a_data_set_without_classes_is_refused():
    with pytest.raises(InputValueError, match='the data set names no classes'):
        CocoDetectionMetric().dataset_meta = {}


def test_a_file_of_other_classes_is_refused_before_anything_runs(annotation_file):
    metric = CocoDetectionMetric(annotation_file([]))

    with pytest.raises(InputValueError, match=r'expected categories named like the classes'):
        metric.dataset_meta = {'classes': ('lorry',)}


def test_a_picture_of_another_file_is_named(annotation_file, sample, evaluate):
    metric = CocoDetectionMetric(annotation_file([]))

    with pytest.raises(InputValueError, match='picture 99 was evaluated, but is not among the 2'):
        evaluate(metric, [sample(99)])


def test_a_label_outside_the_classes_is_refused(annotation_file, sample, evaluate):
    metric = CocoDetectionMetric(annotation_file([]))

    with pytest.raises(InputValueError, match='has label 5, expected'):
        evaluate(metric, [sample(1, [[0, 0, 1, 1]], labels=[5])])


def test_format_only_needs_a_place_to_write():
    with pytest.raises(InputValueError, match='needs outfile_prefix'):
        CocoDetectionMetric(format_only=True)
