"""Random prompts: reference values, everything of a box stays together."""

import json
import random

import numpy as np
import pytest
from mmdet.structures.mask import PolygonMasks
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError

CASES = range(10)


@pytest.mark.parametrize('index', CASES)
@pytest.mark.parametrize('from_file', [False, True], ids=['results', 'file'])
def test_draw_equals_the_reference(load_golden, tmp_path, index, from_file):
    golden = load_golden('text_random_load.json')
    assert len(golden['cases']) == len(CASES)
    case, texts = golden['cases'][index], golden['cfg']['class_texts']
    (tmp_path / 'texts.json').write_text(json.dumps(texts))
    config = {'type': 'RandomLoadText', **case['args']}
    if from_file:
        config['text_path'] = str(tmp_path / 'texts.json')
    labels = np.array(case['labels_in'], dtype=np.int64)
    results = {
        'gt_bboxes': np.arange(len(labels), dtype=np.float32)[:, None].repeat(4, 1),
        'gt_bboxes_labels': labels,
        'instances': [{'bbox_label': label, 'k': k} for k, label in enumerate(case['labels_in'])],
    }
    if not from_file:
        results['texts'] = texts
    transform = TRANSFORMS.build(config)
    random.seed(case['seed'])

    results = transform(results)

    assert results['texts'] == case['texts']
    assert results['gt_bboxes_labels'].tolist() == case['labels_out']
    assert results['gt_bboxes'][:, 0].tolist() == case['boxes_kept']
    assert results['instances'] == case['instances']


def test_flags_and_masks_go_with_their_box():
    polygons = [[np.array([k, 0, k + 5, 0, k + 5, 5], dtype=np.float32)] for k in range(4)]
    results = {
        'texts': [['dog'], ['cat'], ['car']],
        'gt_bboxes': np.zeros((4, 4), dtype=np.float32),
        'gt_bboxes_labels': np.array([0, 1, 2, 1]),
        'gt_ignore_flags': np.array([True, False, True, False]),
        'gt_masks': PolygonMasks(polygons, 20, 20),
    }
    transform = TRANSFORMS.build({'type': 'RandomLoadText', 'max_num_samples': 1})

    results = transform(results)

    count = len(results['gt_bboxes_labels'])
    assert len(results['texts']) == 1 and set(results['gt_bboxes_labels']) == {0}
    assert len(results['gt_masks']) == len(results['gt_bboxes']) == count
    assert results['gt_ignore_flags'].tolist() == [results['texts'] != ['cat']] * count


@pytest.mark.parametrize(
    ('results', 'error', 'message'),
    [
        ({'gt_bboxes_labels': np.array([0])}, AssertionError, 'class texts: expected results'),
        ({'texts': [['dog']]}, ValueError, 'expected gt_labels or gt_bboxes_labels'),
        (
            {'texts': [['dog']], 'gt_bboxes_labels': np.array([0, 4]), 'img_path': 'a.jpg'},
            InputValueError,
            r'a.jpg: expected labels from 0 to 0 \(1 class texts\), found 0 to 4',
        ),
    ],
    ids=['texts', 'labels', 'label too high'],
)
def test_missing_input_is_named(results, error, message):
    with pytest.raises(error, match=message):
        TRANSFORMS.build({'type': 'RandomLoadText'})(results)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'prompt_format': 'a photo'}, "prompt_format: expected a text with '\{\}'"),
        ({'num_neg_samples': (5, 2)}, r'num_neg_samples: expected \(least, most\)'),
        ({'max_num_samples': 0}, 'max_num_samples: expected 1 or more, found 0'),
    ],
    ids=['format', 'negatives', 'most'],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(InputValueError, match=message):
        TRANSFORMS.build({'type': 'RandomLoadText', **options})
