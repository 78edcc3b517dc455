import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


@pytest.mark.parametrize('use_einsum', [True, False])
def test_output_equals_the_reference(golden_case, use_einsum):
    case = golden_case('bn_contrastive' if use_einsum else 'bn_contrastive_noeinsum')
    head = MODELS.build(
        {
            'type': 'BNContrastiveHead',
            'embed_dims': 12,
            'norm_cfg': {'type': 'BN', 'momentum': 0.03, 'eps': 0.001},
            'use_einsum': use_einsum,
        }
    )
    for name, value in case.cfg['init_values'].items():
        assert getattr(head, name).item() == pytest.approx(value)
    case.load_into(head).eval()

    y = head(case.inputs['x'], case.inputs['text'])

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)
