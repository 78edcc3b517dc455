"""Boxes and texts as a question and its answer."""

import numpy as np
import pytest
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.transforms import build_conversation


@pytest.fixture
def build(tiny_folder):
    def transform(family='qwen3_vl', **arguments):
        encoder = {'family': family, 'source': str(tiny_folder(family))}
        return TRANSFORMS.build({'type': 'BuildConversation', 'encoder': encoder, **arguments})

    return transform


def results(boxes=((10, 20, 50, 60), (0, 0, 100, 80)), labels=(1, 0), **more):
    return {
        'img': np.zeros((80, 100, 3), np.uint8),
        'img_path': 'a.jpg',
        'gt_bboxes': np.array(boxes, np.float32).reshape(-1, 4),
        'gt_bboxes_labels': np.array(labels, np.int64),
        'texts': ['cat', 'dog'],
        **more,
    }


def test_detection_asks_for_all_texts_and_answers_all_boxes(build):
    done = build()(results())
    # 10/100, 20/80, 50/100, 60/80 of 1000; raster order: the whole picture comes first.
    assert done['conversation']['answer'] == (
        '[{"bbox_2d":[0,0,1000,1000],"label":"cat"},{"bbox_2d":[100,250,500,750],"label":"dog"}]'
    )
    assert done['prompt'] == (
        'Locate every instance of these categories: cat, dog. Report the boxes in JSON format.'
    )
    assert (done['task'], done['num_objects_left_out']) == ('detection', 0)
    answer = done['conversation']['answer']
    written = [answer[start:end] for start, end in done['conversation']['coordinate_spans']]
    assert written == ['0', '0', '1000', '1000', '100', '250', '500', '750']


def test_florence_answers_location_tokens(build):
    done = build('florence2')(results(boxes=[(10, 20, 50, 60)], labels=[1]))
    assert done['conversation']['answer'] == 'dog<loc_100><loc_250><loc_500><loc_750>'
    assert done['prompt'] == '<CAPTION_TO_PHRASE_GROUNDING>cat, dog'


def test_qwen2_5_answers_pixels_of_the_resized_picture(build):
    done = build('qwen2_5_vl')(results(boxes=[(10, 20, 50, 60)], labels=[1]))
    width, height = done['model_size_wh']
    assert width % 28 == height % 28 == 0
    x1, y1, x2, y2 = (round(v) for v in (0.1 * width, 0.25 * height, 0.5 * width, 0.75 * height))
    expected = f'[{{"bbox_2d":[{x1},{y1},{x2},{y2}],"label":"dog"}}]'
    assert done['conversation']['answer'] == expected


@pytest.mark.parametrize(
    ('family', 'empty'), [('qwen3_vl', '[]'), ('qwen2_5_vl', '[]'), ('florence2', '')]
)
def test_an_image_without_objects_gets_the_empty_answer(build, family, empty):
    for task in ('detection', 'phrase_grounding', 'main_subject'):
        done = build(family)(results(boxes=(), labels=(), task=task))
        assert done['conversation']['answer'] == empty


def test_crowds_are_not_written(build):
    done = build()(results(gt_ignore_flags=np.array([True, False])))
    assert done['conversation']['answer'] == '[{"bbox_2d":[0,0,1000,1000],"label":"cat"}]'


def test_a_flip_before_it_moves_the_boxes(build):
    flip = TRANSFORMS.build({'type': 'mmdet.RandomFlip', 'prob': 1.0})
    from mmdet.structures.bbox import HorizontalBoxes

    given = results(boxes=[(10, 20, 50, 60)], labels=[1])
    given['gt_bboxes'] = HorizontalBoxes(given['gt_bboxes'])
    done = build()(flip({**given, 'img_shape': (80, 100)}))
    assert done['conversation']['answer'] == '[{"bbox_2d":[500,250,900,750],"label":"dog"}]'


def test_objects_over_the_budget_are_left_out_as_a_whole_counted_and_told_once(build, monkeypatch):
    transform = build(max_answer_tokens=60)
    lines = []
    monkeypatch.setattr(build_conversation, 'print_log', lambda text, **kwargs: lines.append(text))
    boxes = [(5 * i, 5 * i, 5 * i + 10 + i, 5 * i + 10 + i) for i in range(6)]
    given = [results(boxes=boxes, labels=[0] * 6) for _ in range(2)]
    done = [transform(one) for one in given]
    assert len(lines) == 1
    assert 'a.jpg: ' in lines[0] and 'do not fit max_answer_tokens=60' in lines[0]
    for one in done:
        answer = one['conversation']['answer']
        assert answer.endswith('"}]')
        assert len(transform.encoder.answer_ids(answer)) <= 60
        kept = answer.count('bbox_2d')
        assert 0 < kept < 6
        assert one['num_objects_left_out'] == 6 - kept
        assert f'[{round(boxes[5][0] * 10)},' in answer  # the largest is there
    assert transform.num_left_out == sum(one['num_objects_left_out'] for one in done)


def test_a_codec_of_another_family_is_refused_at_the_first_boxes(build):
    transform = build(codec={'type': 'Qwen2_5Codec'})
    with pytest.raises(InputValueError, match=r"codec 'qwen2_5' does not fit model family 'qwen3_"):
        transform(results())


def test_boxes_that_the_codec_cannot_hold_stop_the_training(build):
    transform = build(min_round_trip_iou=0.9)
    # 1000 bins over 20,000 pixels: boxes of 20 pixels lose their place.
    boxes = [(7 + 61 * i, 7.0, 19 + 61 * i, 19.0) for i in range(300)]
    given = results(boxes=boxes, labels=[0] * 300)
    given['img'] = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (20000, 20000, 3))
    with pytest.raises(InputValueError, match=r'mean IoU of 0\.\d+ over 300 boxes .*, expected at'):
        transform(given)


@pytest.mark.parametrize(
    ('change', 'error', 'message'),
    [
        ({'texts': ['cat', ' ']}, InputValueError, r'a\.jpg: the text of label 1 gives no token'),
        ({'texts': ['cat']}, InputValueError, r'expected labels from 0 to 0 \(1 texts\), found 0 '),
        (
            {'texts': [['cat'], ['dog']]},
            InputValueError,
            r"text 0: expected a string, found \['cat",
        ),
        ({'img': np.zeros((1, 300, 3), np.uint8)}, InputValueError, r'a\.jpg: picture of 300 x 1'),
    ],
)
def test_what_cannot_be_asked_is_refused(build, change, error, message):
    with pytest.raises(error, match=message):
        build()(results(**change))


def test_missing_keys_name_the_steps(build):
    given = results()
    del given['texts']
    with pytest.raises(
        InputKeyError, match=r'expected texts in the results of a\.jpg; put LoadAnn'
    ):
        build()(given)


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'max_answer_tokens': 3}, InputValueError, r'max_answer_tokens: expected at least 16'),
    ],
)
def test_arguments_are_checked(build, arguments, error, message):
    with pytest.raises(error, match=message):
        build(**arguments)
