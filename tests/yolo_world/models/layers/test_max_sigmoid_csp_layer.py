import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


@pytest.mark.parametrize('name', ['csp_max', 'csp_max_noeinsum'])
def test_output_equals_the_reference(golden_case, name):
    case = golden_case(name)
    layer = MODELS.build(dict(type='MaxSigmoidCSPLayerWithTwoConv', **case.cfg))
    case.load_into(layer).eval()

    y = layer(case.inputs['x'], case.inputs['guide'])

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)
