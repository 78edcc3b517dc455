import copy

import pytest
import torch
from torch import nn

from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.engine import lora
from vl_runtime.errors import InputValueError

pytest.importorskip('peft')


@pytest.fixture
def model():
    """Plain convolution, 1x1 convolution, grouped convolution, batch norm, linear layer."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4)),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.Conv2d(4, 6, 1, bias=False),
        nn.Sequential(nn.Flatten(), nn.Linear(6 * 4, 3)),
    ).eval()


def trained(model, parts=('0', '2', '3')):
    """The model with additions that are no longer zero."""
    lora.inject_lora(model, parts=list(parts), rank=2, alpha=6)
    for name, parameter in model.named_parameters():
        if 'lora_B' in name:
            nn.init.normal_(parameter, std=0.3)
    return model


def test_the_model_answers_as_before_until_it_is_trained(model):
    images = torch.randn(2, 2, 8, 8)
    before = model(images)
    assert lora.inject_lora(model, parts=['0', '2', '3'], rank=2) == 3
    torch.testing.assert_close(model(images), before, rtol=0, atol=0)
    names = {name.split('.lora_')[1][0] for name, p in model.named_parameters() if p.requires_grad}
    assert names == {'A', 'B'}


def test_merged_weights_answer_as_the_additions_do(model):
    plain, images = copy.deepcopy(model), torch.randn(2, 2, 8, 8)
    expected = trained(model)(images)
    assert (expected - plain(images)).abs().max() > 0.05
    state = lora.plain_state(model, model.state_dict())
    assert list(state) == list(plain.state_dict())
    plain.load_state_dict(state)
    torch.testing.assert_close(plain(images), expected, rtol=1e-5, atol=1e-6)


def test_merging_in_place_shows_in_the_weights_and_is_undone_exactly(model):
    images = torch.randn(2, 2, 8, 8)
    expected, state = trained(model)(images), copy.deepcopy(model.state_dict())
    kept = lora.merge(model)
    torch.testing.assert_close(model(images), expected, rtol=1e-5, atol=1e-6)
    merged = lora.plain_state(model, state)
    torch.testing.assert_close(model[2].weight, merged['2.weight'])
    lora.unmerge(model, kept)
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_plain_weights_load_under_their_usual_names(model):
    plain = copy.deepcopy(model)
    for parameter in plain.parameters():
        nn.init.normal_(parameter)
    lora.inject_lora(model, parts=['0', '2', '3'])
    model.load_state_dict(lora.lora_state(model, plain.state_dict()))
    images = torch.randn(1, 2, 8, 8)
    torch.testing.assert_close(model(images), plain(images))


def test_named_parameters_are_trained_beside_the_additions(model):
    lora.inject_lora(model, parts=['3'], trained=['0.1'])
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    assert names == ['0.1.weight', '0.1.bias', *[n for n in names if '.lora_' in n]]


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'parts': ['neck']}, r"lora\.parts: the model has no module 'neck'; it has 0, 1, 2, 3"),
        ({'parts': 'neck'}, r"lora\.parts: expected a list of module names, found 'neck'"),
        ({'parts': ['1']}, r"lora\.parts: \['1'\] hold no linear layer and no ungrouped"),
        ({'parts': ['0'], 'rank': 0}, r'lora\.rank: expected 1 or more, found 0'),
        ({'parts': ['0'], 'trained': ['x']}, r"lora\.trained: the model has no parameter in 'x'"),
    ],
)
def test_mistakes_are_one_line(model, options, expected):
    with pytest.raises(InputValueError, match=expected):
        lora.inject_lora(model, **options)


def test_without_peft_the_way_to_install_it_is_told(model, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'peft', None)
    with pytest.raises(InputValueError, match=r"LoRA training needs the package 'peft'.*peft>=0"):
        lora.inject_lora(model, parts=['0'])


@pytest.fixture
def toy(repository, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(repository / 'tests/data/toy')
    monkeypatch.chdir(tmp_path)
    torch.save(
        {'linear.weight': torch.full((1, 1), 0.5), 'linear.bias': torch.ones(1)}, 'start.pth'
    )
    return repository / 'tests/data/toy/toy_recipe.py'


LORA = {'lora': {'parts': ['linear'], 'rank': 1}, 'load_from': 'start.pth'}


@pytest.mark.parametrize('averaged', [False, True])
def test_training_saves_plain_merged_weights_and_resumes_exactly(toy, averaged):
    options = dict(LORA)
    if averaged:
        options['custom_hooks'] = [{'type': 'EMAHook', 'momentum': 0.5}]
    whole = launch.train(toy, work_dir='whole', cfg_options=options)
    saved = load_checkpoint_file('whole/epoch_2.pth')
    assert list(saved['state_dict']) == ['linear.weight', 'linear.bias']
    assert saved['state_dict']['linear.bias'].item() == 1  # frozen
    assert saved['state_dict']['linear.weight'].item() != 0.5
    # Validation during training saw the weights that were saved.
    shown = whole.message_hub.get_scalar('val/error').current()
    assert launch.test(toy, 'whole/epoch_2.pth', cfg_options=options)['error'] == pytest.approx(
        shown, rel=1e-5
    )
    stop = {**options, 'train_cfg.max_epochs': 1}
    launch.train(toy, work_dir='parts', cfg_options=stop)
    resumed = launch.train(toy, work_dir='parts', resume='auto', cfg_options=options)
    assert resumed.iter == 8
    again = load_checkpoint_file('parts/epoch_2.pth')['state_dict']
    torch.testing.assert_close(again['linear.weight'], saved['state_dict']['linear.weight'])


def test_a_checkpoint_without_additions_cannot_be_resumed_with_them(toy):
    launch.train(toy, work_dir='plain')
    with pytest.raises(InputValueError, match='saved without LoRA and cannot be resumed with it'):
        launch.train(toy, work_dir='plain', resume='auto', cfg_options=LORA)
