import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


def test_output_equals_the_reference(golden_case):
    case = golden_case('csp_efficient')
    layer = MODELS.build(dict(type='EfficientCSPLayerWithTwoConv', **case.cfg))
    case.load_into(layer).eval()

    torch.testing.assert_close(
        layer(case.inputs['x'], case.inputs['guide']), case.outputs['y'], rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(
        layer(case.inputs['x'], None), case.outputs['y'], rtol=1e-4, atol=1e-5
    )
