import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects


def test_labels_follow_the_classes_and_other_categories_are_left_out(annotation_file, sample):
    path = annotation_file([(1, 10, [0, 0, 9, 9], {}), (1, 20, [1, 1, 5, 5], {'iscrowd': 1})])
    truth = GroundTruthObjects(path)
    truth.set_classes(['bird', 'dog'])

    assert [(o['bbox'], o['category_id'], o['iscrowd']) for o in truth.of(sample(1))] == [
        ([1, 1, 5, 5], 1, 1)
    ]
    assert truth.of(sample(2)) == []


def test_without_a_file_the_sample_is_read(sample):
    truth = GroundTruthObjects()
    truth.set_classes(['cat'])

    found = truth.of(sample(1, instances=[{'bbox': [1, 2, 4, 6], 'bbox_label': 0}]))

    assert found == [{'bbox': [1, 2, 3, 4], 'category_id': 0, 'iscrowd': 0}]


def test_a_picture_of_another_file_is_named(annotation_file, sample):
    truth = GroundTruthObjects(annotation_file([]))
    truth.set_classes(['cat'])

    with pytest.raises(InputValueError, match='picture 9 was evaluated, but is not among the 2'):
        truth.of(sample(9))
