"""Parameter groups: reference values and one rule at a time."""

import pytest
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS, DefaultScope
from torch import nn

import yolo_world.engine  # noqa: F401
from vl_runtime.errors import InputValueError

ADAMW = {'type': 'AdamW', 'lr': 1e-3, 'weight_decay': 0.1}


def build(model, optimizer=ADAMW, rules=None):
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(
        {
            'type': 'YOLOWv5OptimizerConstructor',
            'optim_wrapper_cfg': {'optimizer': dict(optimizer)},
            'paramwise_cfg': rules,
        }
    )
    return constructor(model).optimizer.param_groups


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, groups=4)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 2)


@pytest.mark.parametrize('name', ['adamw_finetune', 'adamw_pretrain', 'no_paramwise'])
def test_groups_equal_the_reference(load_golden, name):
    case = load_golden(f'optim_{name}.json')
    with DefaultScope.overwrite_default_scope('mmyolo'):
        model = MODELS.build(ConfigDict(case['model']))
    model.neck.downsample_layers[0].conv.weight.requires_grad_(False)
    names = {id(parameter): key for key, parameter in model.named_parameters()}
    optim = case['cfg']['optim_wrapper']

    groups = build(model, optim['optimizer'], case['cfg']['paramwise_cfg'])

    for group, expected in zip(groups, case['groups'], strict=True):
        params = [names[id(parameter)] for parameter in group['params']]
        # One group of all parameters is stored sorted.
        assert (sorted(params) if len(groups) == 1 else params) == expected['params']
        assert group['lr'] == pytest.approx(expected['lr'])
        assert group['weight_decay'] == pytest.approx(expected['weight_decay'])
        assert group.get('lr_mult') == expected.get('lr_mult')


def test_weight_decay_grows_with_the_batch_and_learning_rate_does_not():
    group = build(Net(), {**ADAMW, 'batch_size_per_gpu': 128})[0]
    assert group['weight_decay'] == pytest.approx(0.2) and group['lr'] == 1e-3
    assert 'batch_size_per_gpu' not in group


def test_small_batches_are_accumulated_before_scaling():
    group = build(Net(), {**ADAMW, 'batch_size_per_gpu': 24})[0]  # round(64/24)=3, 72/64
    assert group['weight_decay'] == pytest.approx(0.1 * 72 / 64)


def test_rules_use_the_unscaled_weight_decay():
    groups = build(
        Net(),
        {**ADAMW, 'batch_size_per_gpu': 128},
        {'custom_keys': {'head': {'decay_mult': 1.0, 'lr_mult': 0.5}}},
    )
    assert [g['weight_decay'] for g in groups] == pytest.approx([0.2] * 4 + [0.1] * 2)
    assert groups[4]['lr'] == pytest.approx(5e-4)


def test_each_decay_rule_finds_its_parameters():
    # Order: conv weight and bias, norm weight and bias, head weight and bias.
    expected = {
        'norm_decay_mult': [1, 1, 0, 0, 1, 1],
        'bias_decay_mult': [1, 0, 1, 0, 1, 0],
        'dwconv_decay_mult': [0, 0, 1, 1, 1, 1],
        'flat_decay_mult': [1, 0, 0, 0, 1, 0],
    }
    for rule, kept in expected.items():
        groups = build(Net(), rules={rule: 0.0})
        assert [round(g['weight_decay'] / 0.1) for g in groups] == kept, rule


def test_bias_learning_rate_spares_norm_layers():
    groups = build(Net(), rules={'bias_lr_mult': 2.0})
    assert [round(g['lr'] / 1e-3) for g in groups] == [1, 2, 1, 1, 1, 2]


def test_longest_custom_key_wins_and_its_entries_are_copied():
    keys = {'conv': {'lr_mult': 0.1}, 'conv.bias': {'weight_decay': 0.0}}
    weight, bias = build(Net(), rules={'custom_keys': keys})[:2]
    assert weight['lr'] == pytest.approx(1e-4) and weight['lr_mult'] == 0.1
    assert bias['lr'] == 1e-3 and bias['weight_decay'] == 0.0


def test_frozen_and_shared_parameters():
    net = Net()
    net.again = net.head
    net.extra = nn.Linear(4, 2)
    net.extra.weight = net.head.weight
    net.norm.weight.requires_grad_(False)
    groups = build(net, rules={'bypass_duplicate': True, 'norm_decay_mult': 0.0})
    assert groups[2]['weight_decay'] == 0.1  # frozen: no options, the optimiser's own value
    assert sum(len(g['params']) for g in groups) == 7


def test_offset_convolution_of_a_deformable_layer_has_its_own_rate():
    class DeformConv2d(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv_offset = nn.Conv2d(2, 2, 1)

    net = nn.ModuleDict({'layer': DeformConv2d()})
    groups = build(net, rules={'dcn_offset_lr_mult': 0.1, 'bias_lr_mult': 5.0})
    assert [g['lr'] for g in groups] == pytest.approx([1e-4, 1e-4])


def test_the_config_is_not_changed():
    rules = {'base_total_batch_size': 32, 'norm_decay_mult': 0.0}
    optimizer = {**ADAMW, 'batch_size_per_gpu': 8}
    build(Net(), optimizer, rules)
    assert rules['base_total_batch_size'] == 32 and optimizer['batch_size_per_gpu'] == 8


@pytest.mark.parametrize(
    ('config', 'rules', 'message'),
    [
        ({}, None, 'optim_wrapper: expected a dict with an optimizer, found {}'),
        ({'optimizer': ADAMW}, {'base_total_batch_size': 0}, 'base_total_batch_size: expected 1'),
    ],
    ids=['optimizer', 'base'],
)
def test_wrong_configs_are_named(config, rules, message):
    with pytest.raises(InputValueError, match=message):
        OPTIM_WRAPPER_CONSTRUCTORS.build(
            {
                'type': 'YOLOWv5OptimizerConstructor',
                'optim_wrapper_cfg': config,
                'paramwise_cfg': rules,
            }
        )


def test_batch_size_below_one_is_named():
    with pytest.raises(InputValueError, match='batch_size_per_gpu: expected 1 or more, found 0'):
        build(Net(), {**ADAMW, 'batch_size_per_gpu': 0})
