"""Quantised bases: what can't run is refused; what can is verified by its classes."""

import builtins
import importlib.util

import pytest
import torch

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.families import FAMILIES
from vlm_detector.models.adapters import check_quantized, quantization_config
from vlm_detector.models.adapters import quantization as module

QWEN3 = FAMILIES['qwen3_vl']
needs_bitsandbytes = pytest.mark.skipif(
    importlib.util.find_spec('bitsandbytes') is None, reason='bitsandbytes is not installed'
)


@pytest.mark.parametrize(
    ('quantization', 'error', 'message'),
    [
        ({'bit': 4}, InputKeyError, r"quantization: expected keys among .*, found 'bit'"),
        ({'bits': 3}, InputValueError, r"type 'bnb' with bits 4 or 8, found 'bnb' with 3"),
        ({'type': 'gptq'}, InputValueError, r"type 'bnb' .*, found 'gptq' with 4"),
    ],
)
def test_values_are_checked(quantization, error, message):
    with pytest.raises(error, match=message):
        quantization_config(quantization, QWEN3)


@pytest.mark.skipif(
    importlib.util.find_spec('bitsandbytes') is not None, reason='bitsandbytes is installed'
)
def test_a_missing_package_is_named():
    with pytest.raises(
        InputValueError, match=r"4-bit weights needs the package 'bitsandbytes', .*pip install bit"
    ):
        quantization_config({'bits': 4}, QWEN3)


def test_a_device_without_kernels_is_refused(monkeypatch):
    monkeypatch.setattr(module, 'require', lambda *names: None)
    monkeypatch.setattr(module, 'accelerator', lambda: 'mps')
    with pytest.raises(
        InputValueError, match=r"runs on cuda, xpu, cpu, found the device 'mps'; lea"
    ):
        quantization_config({'bits': 4}, QWEN3)


def test_an_unquantised_model_is_noticed(tiny_folder):
    model = QWEN3.load_model(str(tiny_folder('qwen3_vl')))
    with pytest.raises(
        InputValueError, match=r'expected quantised layers in Qwen3VL.*, found none'
    ):
        check_quantized(model, QWEN3, ['vision'])


class Linear4bit(torch.nn.Linear):
    """A layer with the class name of a quantised one."""


class RefusingLinear(torch.nn.Linear):
    """A layer whose kernel needs other widths."""

    def forward(self, hidden):
        raise RuntimeError('N must be divisible by block_n\nmore')


RefusingLinear.__name__ = 'Linear4bit'


def test_a_quantised_layer_of_a_part_that_was_left_out_is_noticed(tiny_folder):
    model = QWEN3.load_model(str(tiny_folder('qwen3_vl')))
    model.model.visual.blocks[0].attn.proj = Linear4bit(48, 48)
    with pytest.raises(
        InputValueError, match=r'found 1 quantised layers there, the first is model'
    ):
        check_quantized(model, QWEN3, ['vision'])
    assert check_quantized(model, QWEN3, ['projector']) == 1


def test_widths_that_the_kernels_refuse_are_noticed(tiny_folder):
    model = QWEN3.load_model(str(tiny_folder('qwen3_vl')))
    model.model.language_model.layers[0].mlp.up_proj = RefusingLinear(64, 128)
    with pytest.raises(
        InputValueError,
        match=r'up_proj \(64 x 128\) cannot run quantised on cpu: N must be divisible by block_n; ',
    ):
        check_quantized(model, QWEN3, ['vision'])


def test_parts_are_left_out_by_full_prefix(monkeypatch):
    monkeypatch.setattr(module, 'require', lambda *names: builtins)
    config = quantization_config({'bits': 8, 'skip_parts': ['vision', 'projector']}, QWEN3)
    assert config.llm_int8_skip_modules == [
        'lm_head',
        'model.visual',
        'model.visual.merger',
        'model.visual.deepstack_merger_list',
    ]
    with pytest.raises(InputKeyError, match=r"quantization\.skip_parts: .*, found 'visual'"):
        quantization_config({'bits': 8, 'skip_parts': ['visual']}, QWEN3)


@needs_bitsandbytes
@pytest.mark.parametrize('bits', [4, 8])
@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_adapters_train_on_a_quantised_base(detector, batch_of, family, bits):
    model = detector(
        family, lora={'rank': 4}, quantization={'bits': bits, 'compute_dtype': 'float32'}
    ).train()
    kinds = {
        model.part_of(name)
        for name, layer in model.vlm.named_modules()
        if type(layer).__module__.startswith('bitsandbytes')
    }
    assert kinds == {'language'}
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model.loss(model.data_preprocessor(batch_of(family)[1], True)['inputs'])['loss']
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[2] < losses[0]
