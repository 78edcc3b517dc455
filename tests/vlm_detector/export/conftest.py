"""Detectors with trained-looking adapters."""

import pytest
import torch
from mmengine.registry import MODELS


@pytest.fixture
def adapted(tiny_folder):
    """``adapted(family, **lora)``: adapters drawn at random, so that they change the answers."""

    def build(family='qwen3_vl', *, trainable=None, with_lora=True, **lora):
        source = str(tiny_folder(family))
        model = MODELS.build(
            {
                'type': 'VLMDetector',
                'family': family,
                'model': {'source': source},
                'lora': {'rank': 2, **lora} if with_lora else None,
                'trainable': trainable,
            }
        )
        for weight in model.parameters():
            if weight.requires_grad:
                torch.nn.init.normal_(weight, std=0.05)
        return model.eval()

    return build
