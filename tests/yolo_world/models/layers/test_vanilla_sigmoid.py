import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


def test_texts_have_no_effect():
    block = MODELS.build(
        {
            'type': 'VanillaSigmoidBlock',
            'in_channels': 4,
            'out_channels': 6,
            'guide_channels': 3,
            'embed_channels': 4,
        }
    ).eval()
    x = torch.randn(1, 4, 5, 5)

    assert block(x).shape == (1, 6, 5, 5)
    assert torch.equal(block(x, torch.randn(1, 2, 3)), block(x))
    assert all(key.startswith('project_conv.') for key in block.state_dict())
