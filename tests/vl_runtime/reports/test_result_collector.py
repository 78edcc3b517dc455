import json

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.reports.result_collector import ResultCollector


def sample(img_id, **fields):
    predicted = {'bboxes': np.array([[0, 0, 10, 10.0]]), 'scores': [0.5], 'labels': [0]}
    return {'img_id': img_id, 'ori_shape': (50, 60), 'pred_instances': predicted, **fields}


@pytest.fixture
def ann_file(tmp_path):
    content = {
        'images': [{'id': 7, 'file_name': 'a.png', 'width': 60, 'height': 50}],
        'categories': [{'id': 3, 'name': 'cat'}],
        'annotations': [
            {'id': 1, 'image_id': 7, 'category_id': 3, 'bbox': [0, 0, 10, 5], 'iscrowd': 0},
            {'id': 2, 'image_id': 7, 'category_id': 3, 'bbox': [20, 0, 9, 9], 'iscrowd': 1},
        ],
    }
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(content))
    return str(path)


def test_objects_come_from_the_file(ann_file):
    collector = ResultCollector(['cat'], ann_file)
    collector.add(sample(7, img_path='/x/a.png', parse_status='ok', answer='[]', truncated=True))
    (found,) = collector.results
    assert (found.key, found.path, found.size_wh) == ('7', '/x/a.png', (60, 50))
    assert found.true_boxes.tolist() == [[0, 0, 10, 5], [20, 0, 29, 9]]
    assert found.true_areas.tolist() == [50, 81] and found.true_crowds.tolist() == [False, True]
    assert found.ious.tolist() == [0.5]
    assert (found.status, found.answer, found.truncated) == ('ok', '[]', True)


def test_other_tasks_bring_their_own_objects_and_names(ann_file):
    collector = ResultCollector(['cat'], ann_file)
    true = [{'bbox': [0, 0, 10, 10], 'bbox_label': 0}]
    for _ in range(2):
        collector.add(sample(7, task='phrase_grounding', texts=['a cat'], instances=true))
    collector.add(sample(7, task='caption', gt_answer='A cat.', answer='A dog.'))
    keys = [one.key for one in collector.results]
    assert keys == ['7/phrase_grounding', '7/phrase_grounding/2', '7/caption']
    assert collector.results[0].texts == ('a cat',) and collector.results[0].quality == 1
    told = collector.results[2]
    assert (told.expected, told.answer, told.quality) == ('A cat.', 'A dog.', None)


def test_a_sample_without_objects_anywhere_is_named():
    with pytest.raises(InputValueError, match='image 7: no ground truth in the data sample'):
        ResultCollector(['cat']).add(sample(7))


def test_predictions_that_are_no_number_are_counted(ann_file):
    collector = ResultCollector(['cat'], ann_file)
    broken = {'bboxes': [[0, 0, 1, np.nan]], 'scores': [0.5], 'labels': [0]}
    collector.add(sample(7, pred_instances=broken))
    assert collector.num_dropped == 1 and len(collector.results[0].boxes) == 0
