import pytest
import torch

from vl_runtime.errors import InputValueError
from yolo_world.checkpoint_conversion.model_config import model_config


def test_a_depth_that_no_scale_has_is_refused():
    state = {'backbone.stem.conv.weight': torch.zeros(16, 3, 3, 3)}
    with pytest.raises(InputValueError, match='expected 1, 2 or 3 blocks in the first stage'):
        model_config(state, world=False, num_classes=80)


@pytest.mark.parametrize(
    ('stem', 'blocks', 'last', 'expected'),
    [
        (32, 1, 512, (0.5, 0.33, 1024)),
        (48, 2, 576, (0.75, 0.67, 768)),
        (80, 3, 640, (1.25, 1.0, 512)),
    ],
)
def test_the_scale_is_in_the_shapes(stem, blocks, last, expected):
    prefix = 'backbone.image_model.'
    state = {f'{prefix}stem.conv.weight': torch.zeros(stem, 3, 1, 1)}
    state[f'{prefix}stage4.0.conv.weight'] = torch.zeros(last, 1, 1, 1)
    for index in range(blocks):
        state[f'{prefix}stage1.1.blocks.{index}.conv1.conv.weight'] = torch.zeros(1)
    image_model = model_config(state, world=True, num_classes=80)['backbone']['image_model']
    found = [image_model[k] for k in ('widen_factor', 'deepen_factor', 'last_stage_out_channels')]
    assert tuple(found) == expected
