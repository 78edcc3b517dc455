"""One group of parameters, and one rate, for each part."""

import pytest
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS

from vl_runtime.errors import InputKeyError, InputValueError


@pytest.fixture
def model(tiny_folder):
    def build(lora=None, trainable=None):
        source = str(tiny_folder('qwen3_vl'))
        return MODELS.build(
            {
                'type': 'VLMDetector',
                'family': 'qwen3_vl',
                'model': {'source': source},
                'lora': lora,
                'trainable': trainable,
            }
        )

    return build


def wrapper_of(model, **paramwise):
    return build_optim_wrapper(
        model,
        {
            'optimizer': {'type': 'AdamW', 'lr': 1e-4, 'weight_decay': 0.1},
            'constructor': 'PartRateConstructor',
            'paramwise_cfg': paramwise,
        },
    )


def test_each_part_has_its_rate_and_frozen_weights_are_left_out(model):
    detector = model(lora={'rank': 2})
    groups = wrapper_of(detector, rates={'vision': 0.1}).optimizer.param_groups
    assert {group['name']: group['lr'] for group in groups} == {
        'language': 1e-4,
        'projector': 1e-4,
        'vision': pytest.approx(1e-5),
    }
    grouped = {id(weight) for group in groups for weight in group['params']}
    trained = {id(weight) for weight in detector.parameters() if weight.requires_grad}
    assert grouped == trained


def test_biases_and_norms_have_no_weight_decay(model):
    groups = wrapper_of(model(trainable=['vision'])).optimizer.param_groups
    assert {group['name']: group['weight_decay'] for group in groups} == {
        'vision': 0.1,
        'vision (biases and norms)': 0.0,
    }
    (plain,) = (group for group in groups if group['weight_decay'] == 0)
    assert all(weight.dim() == 1 for weight in plain['params'])
    groups = wrapper_of(model(trainable=['vision']), no_decay_below=0).optimizer.param_groups
    assert [group['name'] for group in groups] == ['vision']


@pytest.mark.parametrize(
    ('paramwise', 'error', 'message'),
    [
        ({'rates': {'neck': 1}}, InputKeyError, r"expected rates \(of .*, found 'neck'"),
        ({'custom_keys': {}}, InputKeyError, r"no_decay_below, found 'custom_keys'"),
        ({'rates': {'vision': -1}}, InputValueError, r'rates: expected 0 or more, found'),
    ],
)
def test_arguments_are_checked(model, paramwise, error, message):
    with pytest.raises(error, match=message):
        wrapper_of(model(), **paramwise)


def test_a_frozen_model_cannot_be_trained(model):
    detector = model(trainable=[])
    with pytest.raises(InputValueError, match=r'expected something to train, found every part fro'):
        wrapper_of(detector)
