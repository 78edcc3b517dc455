"""The weights that a model with an adapter can answer with."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import MODELS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.models.detectors.adapter_switch import switched_adapter


@pytest.fixture
def build(tiny_folder):
    def made(lora):
        source = str(tiny_folder('qwen3_vl'))
        detector = MODELS.build(
            {'type': 'VLMDetector', 'family': 'qwen3_vl', 'model': {'source': source}}
            | {'lora': lora}
        ).eval()
        for name, weight in detector.named_parameters():
            if 'lora_' in name:
                torch.nn.init.normal_(weight, std=0.2)
        return detector

    return made


@torch.no_grad()
def logits(model):
    return model(input_ids=torch.arange(5, 15)[None], use_cache=False).logits


def test_each_version_has_its_logits_and_the_model_comes_back(build):
    detector, plain = build({'rank': 2}), build(None)
    adapted, whole = logits(detector.vlm), detector.vlm
    with detector.weights_in_use('base'):
        torch.testing.assert_close(logits(detector.vlm), logits(plain.vlm))
    with detector.weights_in_use('merged'):
        assert detector.vlm is not whole
        assert not any('lora_' in name for name, _ in detector.vlm.named_parameters())
        torch.testing.assert_close(logits(detector.vlm), adapted, atol=1e-4, rtol=1e-4)
    with pytest.raises(RuntimeError, match='stop'), detector.weights_in_use('merged'):
        raise RuntimeError('stop')
    with detector.weights_in_use('adapter'):
        assert detector.vlm is whole
    assert detector.vlm is whole
    torch.testing.assert_close(logits(detector.vlm), adapted)
    assert (adapted - logits(plain.vlm)).abs().max() > 1e-3


def test_unknown_and_impossible_versions_are_named(build):
    detector = build({'rank': 2})
    with (
        pytest.raises(InputKeyError, match="expected 'base', 'adapter' or 'merged', found 'best'"),
        detector.weights_in_use('best'),
    ):
        pass
    quantised = SimpleNamespace(get_base_model=lambda: SimpleNamespace(is_quantized=True))
    with (
        pytest.raises(InputValueError, match=r'--compare merged: the base is quantised'),
        switched_adapter(quantised, 'merged'),
    ):
        pass
