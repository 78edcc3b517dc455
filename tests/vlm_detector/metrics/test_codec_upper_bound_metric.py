import numpy as np
import pytest
from mmengine.registry import METRICS

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.metrics import CocoDetectionMetric
from vlm_detector.codecs import codec_of, upper_bound_boxes
from vlm_detector.metrics import CodecUpperBoundMetric


def objects(boxes):
    return {'instances': [{'bbox': list(box), 'bbox_label': k % 2} for k, box in enumerate(boxes)]}


def squares(side, size_wh, number=40):
    low = np.random.default_rng(0).uniform(0, 1, (number, 2)) * (np.array(size_wh) - side)
    return np.concatenate([low, low + side], 1)


def frame(size_wh, **fields):
    shape = size_wh[::-1]
    return {'img_shape': shape, 'model_size_wh': size_wh, **fields}


def bound(sample, evaluate, side, size_wh, codec='qwen3', **fields):
    made = sample(1, **objects(squares(side, size_wh)), **frame(size_wh, **fields))
    made['ori_shape'] = size_wh[::-1]
    metric = METRICS.build({'type': 'CodecUpperBoundMetric', 'codec': codec})
    return evaluate(metric, [made])['codec/bbox_mAP']


def test_large_objects_reach_one_and_small_ones_do_not(sample, evaluate):
    assert bound(sample, evaluate, 200, (640, 480)) == pytest.approx(1)
    small = bound(sample, evaluate, 8, (3000, 2000))
    assert 0.1 < small < 0.7  # mean round-trip IoU is 0.735 at this size


def test_finer_codecs_have_a_higher_limit(sample, evaluate):
    limits = [bound(sample, evaluate, 12, (1920, 1080), codec) for codec in ('qwen3', 'norm_json')]

    assert limits[0] < limits[1]


def test_ap_is_that_of_the_coco_metric_on_the_decoded_boxes(sample, evaluate):
    size = (1920, 1080)
    boxes = squares(12, size)
    made = sample(1, **objects(boxes), **frame(size))
    made['ori_shape'] = size[::-1]
    best = upper_bound_boxes(
        codec_of('qwen3'),
        boxes,
        np.arange(40) % 2,
        ('class 0', 'class 1'),
        image_size_wh=size,
        model_size_wh=size,
    )

    limit = evaluate(CodecUpperBoundMetric('qwen3'), [made])['codec/bbox_mAP']

    made['pred_instances'] = {
        'bboxes': best.boxes_xyxy,
        'scores': np.ones(len(best.labels)),
        'labels': best.labels,
    }
    constant = evaluate(CocoDetectionMetric(), [made])['coco/bbox_mAP']
    assert 0 < constant <= limit < 1  # equal scores can only lose


def test_boxes_are_encoded_in_pixels_of_the_image_in_the_conversation(sample, evaluate):
    boxes = squares(40, (640, 480))
    scaled = frame((320, 260), scale_factor=(0.5, 0.5), pad_param=(10, 10, 0, 0))
    made = sample(1, **objects(boxes), **scaled)
    made['ori_shape'] = (480, 640)

    assert evaluate(CodecUpperBoundMetric('florence2'), [made])['codec/bbox_mAP'] > 0.9


def test_a_sample_without_the_size_of_the_model_is_named(sample, evaluate):
    with pytest.raises(InputValueError, match='image 1: no model_size_wh in the data sample'):
        evaluate(CodecUpperBoundMetric('qwen3'), [sample(1, **objects([[0, 0, 9, 9]]))])


def test_an_unknown_codec_is_named():
    with pytest.raises(InputKeyError, match=r"no box codec 'qwen4'.*Did you mean 'qwen3'"):
        CodecUpperBoundMetric('qwen4')
