import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


@pytest.mark.parametrize('dim', [0, 1])
@pytest.mark.parametrize('reduction', ['mean', 'sum', 'none'])
def test_value_equals_the_reference(golden_case, dim, reduction):
    case = golden_case('loss_cov_mse')
    loss = MODELS.build(dict(type='CoVMSELoss', dim=dim, reduction=reduction, **case.cfg))

    value = loss(case.inputs['pred'])

    expected = case.outputs[f'dim{dim}_{reduction}']
    torch.testing.assert_close(value, expected, rtol=1e-4, atol=1e-5)


def test_weight_and_override():
    loss = MODELS.build({'type': 'CoVMSELoss', 'reduction': 'mean'})
    pred = torch.tensor([[1.0, 2.0], [3.0, 2.0]])  # column 0: mean 2, variance 2; column 1: 0

    assert loss(pred).item() == pytest.approx(0.25)
    assert loss(pred, reduction_override='sum').item() == pytest.approx(0.5)
    assert loss(pred, weight=torch.tensor([0.0, 1.0])).item() == 0
