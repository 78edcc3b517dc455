import pytest

from vl_runtime.errors import InputValueError
from yolo_world.export.export_recipe import export_mode, fused

NOTHING = dict(model_only=False, without_nms=False, without_bbox_decoder=False)


@pytest.mark.parametrize(
    ('flags', 'backend', 'mode'),
    [
        ({}, 'onnxruntime', 'detections'),
        ({'without_nms': True}, 'onnxruntime', 'without-nms'),
        ({'without_bbox_decoder': True}, 'onnxruntime', 'without-bbox-decoder'),
        ({'model_only': True}, 'onnxruntime', 'model-only'),
        ({}, 'tensorrt8', 'without-nms'),
        ({}, 'rknn', 'model-only'),
    ],
)
def test_published_flags_choose_the_outputs(flags, backend, mode):
    assert export_mode(**{**NOTHING, **flags}, backend=backend) == mode


def test_a_reparameterised_detector_is_not_fused_again(detector):
    again = fused(detector)
    with pytest.raises(InputValueError, match='is re-parameterised already or cannot be'):
        fused(again)
