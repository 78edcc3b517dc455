import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.logging import MMLogger
from mmengine.registry import HOOKS
from mmengine.structures import InstanceData

from vl_runtime.errors import InputValueError
from vlm_detector.engine import AnswerSamplesHook
from vlm_detector.engine.answer_sample import answer_sample


def _sample(path, boxes, labels, *, wanted=((10, 10, 30, 30),), status='ok', scale=1.0):
    """Predicted boxes in original pixels; ``wanted`` in those of the resized picture."""
    sample = DetDataSample(
        metainfo=dict(
            img_path=str(path),
            texts=['cat', ['dog', 'hound']],
            scale_factor=(scale, scale),
            prompts=('Where?',),
        )
    )
    sample.pred_instances = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        labels=torch.tensor(labels, dtype=torch.int64),
        scores=torch.full((len(labels),), 0.5),
    )
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor(wanted, dtype=torch.float32).reshape(-1, 4) * scale,
        labels=torch.zeros(len(wanted), dtype=torch.int64),
    )
    sample.answer, sample.parse_status, sample.truncated = '[…]', status, False
    return sample


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), np.full((64, 64, 3), 128, np.uint8))
    return path


def test_quality_is_the_overlap_with_boxes_of_the_same_label(picture):
    half = [[10, 10, 30, 20]]
    assert answer_sample(_sample(picture, half, [0])).quality == pytest.approx(0.5)
    assert answer_sample(_sample(picture, half, [1])).quality == 0
    assert answer_sample(_sample(picture, half, [0], scale=2.0)).quality == pytest.approx(0.5)


def test_superfluous_boxes_cost_quality_and_silence_about_nothing_does_not(picture):
    two = [[10, 10, 30, 30], [40, 40, 50, 50]]
    assert answer_sample(_sample(picture, two, [0, 0])).quality == pytest.approx(0.5)
    assert answer_sample(_sample(picture, [], [], wanted=())).quality == 1
    assert answer_sample(_sample(picture, [], [])).quality == 0
    assert answer_sample(_sample(picture, [], [], status='fail')).quality == -1


def test_a_record_names_labels_scores_and_overlaps(picture):
    one = answer_sample(_sample(picture, [[10, 10, 30, 20], [0, 0, 5, 5]], [0, 1]))
    assert [item['label'] for item in one.predicted] == ['cat', 'dog']
    assert one.predicted[0]['iou'] == pytest.approx(0.5)
    assert one.predicted[0]['score'] == 0.5
    assert one.expected[0] == {'bbox': [10, 10, 30, 30], 'label': 'cat'}


def test_the_picture_shows_expected_boxes_green_and_predicted_ones_red(picture):
    drawn = answer_sample(_sample(picture, [[40, 40, 60, 60]], [0])).picture()
    scale = drawn.shape[0] // 64
    green, red = (
        drawn[30 * scale, 20 * scale].astype(int),
        drawn[60 * scale, 50 * scale].astype(int),
    )
    assert green[1] > green[2] + 50
    assert red[2] > red[1] + 50


def _run(hook, tmp_path, samples):
    logger = MMLogger.get_instance(f'answers_{id(hook)}')
    runner = SimpleNamespace(work_dir=str(tmp_path), iter=7, logger=logger)
    hook.before_val_epoch(runner)
    hook.after_val_iter(runner, 0, outputs=samples[:2])
    hook.after_val_iter(runner, 1, outputs=samples[2:])
    hook.after_val_epoch(runner, {})
    path = tmp_path / 'answers/iter_7.jsonl'
    return [json.loads(line) for line in path.read_text().splitlines()], logger


def test_the_worst_and_the_best_answers_are_kept_unreadable_ones_first(tmp_path, picture):
    boxes = [[10, 10, 30, 10 + height] for height in (20, 5, 15, 10)]
    samples = [_sample(picture.with_name(f'{i}.png'), [b], [0]) for i, b in enumerate(boxes)]
    samples.append(_sample(picture.with_name('4.png'), [], [], status='fail'))
    hook = HOOKS.build(dict(type='AnswerSamplesHook', num_bad=2, num_good=1, pictures=False))
    kept, _ = _run(hook, tmp_path, samples)
    assert [one['img_path'][-5] for one in kept] == ['4', '1', '0']
    assert kept[0]['answer'] == '[…]'
    assert not (tmp_path / 'answers/iter_7.jpg').exists()


def test_pictures_that_have_gone_cost_the_grid_alone(tmp_path, picture):
    hook = AnswerSamplesHook(num_bad=1, num_good=0)
    kept, _ = _run(hook, tmp_path, [_sample(tmp_path / 'gone.png', [], [])])
    assert len(kept) == 1
    assert not (tmp_path / 'answers/iter_7.jpg').exists()


def test_a_grid_of_pictures_is_written(tmp_path, picture):
    _run(AnswerSamplesHook(), tmp_path, [_sample(picture, [[1, 1, 9, 9]], [0])])
    assert cv2.imread(str(tmp_path / 'answers/iter_7.jpg')) is not None


@pytest.mark.parametrize('numbers', [(-1, 2), (0, 0)])
def test_numbers_that_keep_nothing_are_refused(numbers):
    with pytest.raises(InputValueError, match='expected num_bad and num_good'):
        AnswerSamplesHook(*numbers)
