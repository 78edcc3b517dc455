"""One vocabulary for the images of a mix."""

import numpy as np

from yolo_world.datasets.transforms.merge_texts import merge_texts


def test_labels_point_to_the_same_texts_in_first_seen_order():
    a = {'texts': [['dog'], ['car', 'auto']], 'gt_bboxes_labels': np.array([1, 0])}
    b = {'texts': [['car', 'auto'], ['cat'], ['dog']], 'gt_bboxes_labels': np.array([2, 1, 0])}

    merge_texts([a, b])

    assert a['texts'] == b['texts'] == [('dog',), ('car', 'auto'), ('cat',)]
    assert a['gt_bboxes_labels'].tolist() == [1, 0]
    assert b['gt_bboxes_labels'].tolist() == [0, 2, 1]


def test_shared_texts_are_not_copied():
    texts = [['dog'], ['cat']]
    a = {'texts': texts, 'gt_bboxes_labels': np.array([1])}
    b = {'texts': texts, 'gt_bboxes_labels': np.array([0])}

    merge_texts([a, b])

    assert a['texts'] is texts and b['texts'] is texts
    assert (a['gt_bboxes_labels'][0], b['gt_bboxes_labels'][0]) == (1, 0)


def test_images_without_texts_or_boxes_are_fine():
    plain = {'gt_bboxes_labels': np.array([3])}
    merge_texts([plain, {'gt_bboxes_labels': np.array([1])}])
    assert plain == {'gt_bboxes_labels': np.array([3])}
    a = {'texts': [['dog']], 'gt_bboxes_labels': np.array([])}
    merge_texts([a, {'texts': ['cat'], 'gt_bboxes_labels': np.array([0])}])
    assert a['texts'] == [('dog',), ('cat',)] and len(a['gt_bboxes_labels']) == 0
