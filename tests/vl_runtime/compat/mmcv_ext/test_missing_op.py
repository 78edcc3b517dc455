"""What a user of an operator without compiled code reads."""

import mmcv.ops
import pytest
import torch


def test_a_missing_operator_says_how_to_get_it():
    boxes = torch.tensor([[5.0, 5.0, 4.0, 4.0, 0.0]])

    with pytest.raises(NotImplementedError) as raised:
        mmcv.ops.nms_rotated(boxes, torch.ones(1), 0.5)

    message = str(raised.value)
    assert message.startswith("mmcv operator 'nms_rotated' needs the full mmcv")
    assert 'pip install --no-build-isolation mmcv==2.0.1' in message
    assert 'mmyolo 0.6 refuses mmcv>=2.1.0' in message
    assert '\n' not in message
