import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401


def test_output_equals_the_reference(golden_case):
    case = golden_case('rep_bn_contrastive')
    norm_cfg = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
    head = MODELS.build(dict(type='RepBNContrastiveHead', norm_cfg=norm_cfg, **case.cfg))
    case.load_into(head).eval()

    torch.testing.assert_close(head(case.inputs['x']), case.outputs['y'], rtol=1e-4, atol=1e-5)
