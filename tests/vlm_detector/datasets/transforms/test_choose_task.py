"""Which task a picture is asked."""

import random

import numpy as np
import pytest
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.transforms import choose_task


def build(tasks=None):
    return TRANSFORMS.build({'type': 'ChooseTask', 'tasks': tasks})


def results(**more):
    boxes, labels = [(10, 20, 50, 60), (0, 0, 90, 80)], [1, 0]
    return {
        'img_path': 'a.jpg',
        'gt_bboxes': np.array(boxes, np.float32),
        'gt_bboxes_labels': np.array(labels),
        'gt_ignore_flags': np.zeros(2, bool),
        'texts': ['cat', 'dog'],
        'instances': [{'bbox_label': label} for label in labels],
        **more,
    }


def test_tasks_are_drawn_by_weight_and_by_the_seed():
    step = build({'detection': 1.0, 'phrase_grounding': 3.0, 'main_subject': 0})

    def draws():
        random.seed(0)
        return [step(results())['task'] for _ in range(200)]

    drawn = draws()
    assert 120 < drawn.count('phrase_grounding') < 180 and 'main_subject' not in drawn
    assert drawn == draws()


def test_the_task_of_the_data_set_is_obeyed():
    done = build()(results(task='main_subject'))
    assert done['gt_bboxes'].tolist() == [[0, 0, 90, 80]]
    assert done['texts'] == ['main subject'] and len(done['instances']) == 1
    with pytest.raises(InputKeyError, match=r'a\.jpg, found none; wrap the data set in TaskSamp'):
        build()(results())
    with pytest.raises(InputValueError, match=r"gives the task 'detection' already; leave out"):
        build({'detection': 1})(results(task='detection'))


def test_a_picture_is_not_asked_what_it_cannot_answer_and_this_is_told_once(monkeypatch):
    lines = []
    monkeypatch.setattr(choose_task, 'print_log', lambda text, **kwargs: lines.append(text))
    step = build({'detection': 1.0, 'caption': 100.0})
    assert {step(results())['task'] for _ in range(5)} == {'detection'}
    assert step.num_impossible['caption'] == 5
    assert lines == ['a.jpg: has not a caption, so it is not asked for caption. Said once a task.']
    with pytest.raises(InputKeyError, match=r'none of its tasks: caption needs a caption'):
        build({'caption': 1})(results())


@pytest.mark.parametrize(
    ('task', 'lack'),
    [
        ('industry', 'a supercategory for every category'),
        ('classification', 'a supercategory'),
        ('segmentation', r'a mask \(segmentation\) for every object'),
        ('caption', 'a caption'),
    ],
)
def test_what_a_task_needs_is_named(task, lack):
    with pytest.raises(InputKeyError, match=f'{task} needs {lack}'):
        build()(results(task=task))


def test_captions_for_some_objects_are_no_captions():
    half = results(task='dense_region_caption')
    half['instances'][0]['caption'] = 'a dog'
    with pytest.raises(InputKeyError, match='needs a caption for every object'):
        build()(half)
    cropped = results(task='dense_region_caption')
    cropped['instances'].append({'bbox_label': 0})
    with pytest.raises(InputValueError, match=r'3 annotations but 2 boxes, so caption can belong'):
        build()(cropped)


def test_crowds_are_no_main_subject():
    done = build()(results(task='main_subject', gt_ignore_flags=np.array([False, True])))
    assert done['gt_bboxes'].tolist() == [[10, 20, 50, 60]]


@pytest.mark.parametrize(
    ('tasks', 'error', 'message'),
    [
        ({'count': 1}, InputKeyError, r"ChooseTask\.tasks: expected one of .*, found 'count'"),
        ({'detection': -1}, InputValueError, r'weights of 0 or more, found detection=-1'),
        ({'detection': 0}, InputValueError, r'expected a weight above 0'),
    ],
)
def test_weights_are_checked(tasks, error, message):
    with pytest.raises(error, match=message):
        build(tasks)


def test_missing_keys_name_the_steps():
    with pytest.raises(InputKeyError, match=r'ChooseTask: expected texts .* put LoadAnnotations'):
        build({'detection': 1})({'img_path': 'a.jpg'})
