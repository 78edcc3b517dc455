import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

CASES = {
    'csp_rep_conv': 'RepConvMaxSigmoidCSPLayerWithTwoConv',
    'csp_rep_matrix': 'RepMaxSigmoidCSPLayerWithTwoConv',
}


@pytest.mark.parametrize('name', list(CASES))
def test_output_equals_the_reference_and_its_text_guided_source(golden_case, name):
    case = golden_case(name)
    layer = case.load_into(MODELS.build(dict(type=CASES[name], **case.cfg))).eval()

    y = layer(case.inputs['x'], None)

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(y, case.outputs['y_base'], rtol=1e-4, atol=1e-5)
    assert torch.equal(layer(case.inputs['x'], case.inputs['text']), y)


@pytest.mark.parametrize('kind', list(CASES.values()))
def test_arguments_of_the_text_guided_layer_are_accepted(kind):
    layer = MODELS.get(kind)(16, 16, 5, 8, 2, 0.5, 1, True, False, use_einsum=False)

    assert layer(torch.randn(1, 16, 4, 4), None).shape == (1, 16, 4, 4)
