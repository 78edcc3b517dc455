import math

import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


@pytest.mark.parametrize('use_einsum', [True, False])
def test_output_equals_the_reference(golden_case, use_einsum):
    case = golden_case('contrastive' if use_einsum else 'contrastive_noeinsum')
    head = MODELS.build({'type': 'ContrastiveHead', 'embed_dims': 12, 'use_einsum': use_einsum})
    for name, value in case.cfg['init_values'].items():
        assert getattr(head, name).item() == pytest.approx(value)
        assert getattr(head, name).shape == ()
    case.load_into(head)

    y = head(case.inputs['x'], case.inputs['text'])

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)


def test_logit_of_a_perfect_match_is_the_scale():
    head = MODELS.build({'type': 'ContrastiveHead', 'embed_dims': 2})
    x = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    texts = torch.tensor([[[0.6, 0.8], [-0.8, 0.6]]])

    logits = head(x, texts).flatten()

    torch.testing.assert_close(logits, torch.tensor([1 / 0.07, 0.0]), atol=1e-5, rtol=1e-5)
    assert math.isclose(head.logit_scale.item(), 2.6593, abs_tol=1e-4)
