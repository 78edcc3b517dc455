import pytest
from mmengine.registry import TASK_UTILS

NAMES = ('cat', 'traffic "light"')
SIZES = {'image_size_wh': (640, 480), 'model_size_wh': (640, 480)}
BOXES = [[320, 120, 640, 480], [0, 0, 64, 48]]


def test_compact_text_by_hand():
    codec = TASK_UTILS.build({'type': 'Qwen3Codec'})

    assert codec.encode(BOXES, [1, 0], NAMES, **SIZES) == (
        '[{"bbox_2d":[0,0,100,100],"label":"cat"},'
        '{"bbox_2d":[500,250,1000,1000],"label":"traffic \\"light\\""}]'
    )


def test_spaced_text_by_hand():
    codec = TASK_UTILS.build({'type': 'Qwen3Codec', 'compact': False})

    assert codec.encode(BOXES[1:], [0], NAMES, **SIZES) == (
        '[{"bbox_2d": [0, 0, 100, 100], "label": "cat"}]'
    )
    assert codec.encode(BOXES, [0, 0], NAMES, **SIZES).count('}, {') == 1


@pytest.mark.parametrize('model_size_wh', [(640, 480), (1280, 960), (28, 28)])
def test_the_size_that_the_model_sees_changes_nothing(model_size_wh):
    codec = TASK_UTILS.build({'type': 'Qwen3Codec'})
    sizes = {'image_size_wh': (640, 480), 'model_size_wh': model_size_wh}

    parsed = codec.decode('[{"bbox_2d":[100,100,500,500],"label":"cat"}]', NAMES, **sizes)

    assert parsed.boxes_xyxy.tolist() == [[64, 48, 320, 240]]


@pytest.mark.parametrize(
    'name', ['a, b}, {"c"', "men's", '猫 🐈', 'back\\slash', 'line\nbreak', '[1,2,3,4]']
)
@pytest.mark.parametrize('compact', [True, False])
def test_any_label_comes_back(name, compact):
    codec = TASK_UTILS.build({'type': 'Qwen3Codec', 'compact': compact})
    text = codec.encode(BOXES, [0, 1], (name, 'dog'), **SIZES)

    parsed = codec.decode(text, (name, 'dog'), **SIZES)

    assert sorted(parsed.labels.tolist()) == [0, 1]
    assert parsed.status == 'ok'
    assert parsed.counters['mapped_label'] == 0
