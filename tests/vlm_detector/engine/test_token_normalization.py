import os
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import OPTIM_WRAPPERS

from vl_runtime import launch, precision
from vl_runtime.compat import distributed
from vl_runtime.errors import InputValueError
from vlm_detector.engine import (
    TokenNormalizedAmpOptimWrapper,
    TokenNormalizedCpuAmpOptimWrapper,
    TokenNormalizedOptimWrapper,
)


@pytest.fixture
def parts(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / 'tests/data/tokens'))
    import token_parts

    return token_parts


@pytest.fixture
def train(repository, parts):
    """Trains the recipe in this process; returns the trained weights."""

    def run(work_dir, *options):
        recipe = repository / 'tests/data/tokens/token_recipe.py'
        runner = launch.train(recipe, work_dir=work_dir, cfg_options=list(options))
        return {name: p.detach().clone() for name, p in runner.model.named_parameters()}

    return run


def _wrapper(model, kind='TokenNormalizedOptimWrapper', **options):
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0)
    wrapper = OPTIM_WRAPPERS.build(dict(type=kind, optimizer=optimizer, **options))
    wrapper.message_hub = MessageHub.get_instance(f'tokens_{id(wrapper)}')
    return wrapper


def _assert_close(one, other):
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-6, atol=1e-6)


def test_micro_batches_of_uneven_length_make_the_step_of_one_big_batch(parts):
    dataset = parts.TokenDataset()
    items = [dataset[index] for index in range(6)]
    assert len({len(item['y']) for item in items}) > 2
    whole, split = parts.TokenModel(), parts.TokenModel()
    whole.train_step(parts.token_collate(items), _wrapper(whole))
    wrapper = _wrapper(split, accumulative_counts=3)
    for start in (0, 2, 4):
        split.train_step(parts.token_collate(items[start : start + 2]), wrapper)
    _assert_close(dict(whole.named_parameters()), dict(split.named_parameters()))


def test_what_is_left_over_at_the_end_of_an_epoch_is_a_step_of_its_own(parts):
    dataset = parts.TokenDataset()
    batches = [parts.token_collate([dataset[index]]) for index in range(5)]
    model = parts.TokenModel()
    wrapper = _wrapper(model, accumulative_counts=3)
    wrapper.message_hub.update_info('max_epochs', 2)
    wrapper.initialize_count_status(model, 0, 10)
    stepped = []
    for batch in batches * 2:
        before = model.texts.weight.detach().clone()
        model.train_step(batch, wrapper)
        stepped.append(not torch.equal(before, model.texts.weight))
    assert stepped == [False, False, True, False, True] * 2


def test_the_left_over_step_is_on_the_same_scale(parts):
    dataset = parts.TokenDataset()
    batches = [parts.token_collate([dataset[index]]) for index in range(4)]
    one, other = parts.TokenModel(), parts.TokenModel()
    wrapper = _wrapper(one, accumulative_counts=3)
    wrapper.initialize_count_status(one, 0, 4)
    for batch in batches:
        one.train_step(batch, wrapper)
    other.train_step(parts.token_collate([dataset[i] for i in range(3)]), _wrapper(other))
    other.train_step(batches[3], _wrapper(other))
    _assert_close(dict(one.named_parameters()), dict(other.named_parameters()))


def test_a_model_that_counts_no_tokens_is_refused(parts):
    dataset = parts.TokenDataset()
    model = parts.TokenModel(counts=False)
    with pytest.raises(InputValueError, match='expected num_tokens among the losses'):
        model.train_step(parts.token_collate([dataset[0]]), _wrapper(model))


def test_resuming_inside_a_window_is_told(parts, caplog):
    MMLogger.get_instance('resumed_inside').addHandler(caplog.handler)
    dataset = parts.TokenDataset()
    model = parts.TokenModel()
    wrapper = _wrapper(model, accumulative_counts=3)
    wrapper.initialize_count_status(model, 4, 9)
    model.train_step(parts.token_collate([dataset[0]]), wrapper)
    assert 'inside an accumulation window of this recipe' in caplog.text


def test_bf16_autocast_on_a_cpu_normalises_the_same_way(parts):
    dataset = parts.TokenDataset()
    items = [dataset[index] for index in range(4)]
    exact, mixed = parts.TokenModel(), parts.TokenModel()
    exact.train_step(parts.token_collate(items), _wrapper(exact))
    wrapper = _wrapper(mixed, 'TokenNormalizedCpuAmpOptimWrapper', accumulative_counts=2)
    assert isinstance(wrapper, TokenNormalizedCpuAmpOptimWrapper)
    for start in (0, 2):
        mixed.train_step(parts.token_collate(items[start : start + 2]), wrapper)
    for name, value in exact.named_parameters():
        torch.testing.assert_close(
            value, dict(mixed.named_parameters())[name], rtol=0.05, atol=0.05
        )


@pytest.mark.parametrize(
    ('on_cpu', 'has_bf16', 'expected'),
    [
        (True, True, {'type': 'TokenNormalizedCpuAmpOptimWrapper'}),
        (True, False, {'type': 'TokenNormalizedOptimWrapper'}),
        (
            False,
            True,
            {'type': 'TokenNormalizedAmpOptimWrapper', 'dtype': 'bfloat16', 'loss_scale': 1.0},
        ),
    ],
)
def test_amp_chooses_the_form_for_the_machine(monkeypatch, on_cpu, has_bf16, expected):
    monkeypatch.setattr(distributed, 'on_cpu', lambda: on_cpu)
    monkeypatch.setattr(distributed, 'has_mixed_precision', lambda: not on_cpu)
    monkeypatch.setattr(precision, 'cpu_has_bf16', lambda: has_bf16)
    config = Config(dict(optim_wrapper=ConfigDict(type='TokenNormalizedOptimWrapper')))
    precision.set_precision(config, amp=True)
    assert dict(config.optim_wrapper) == expected
    precision.set_precision(config, amp=False)
    assert dict(config.optim_wrapper) == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason='AmpOptimWrapper needs a GPU')
def test_autocast_on_a_gpu_takes_a_step(parts):
    dataset = parts.TokenDataset()
    model = parts.TokenModel()
    wrapper = _wrapper(model, 'TokenNormalizedAmpOptimWrapper', dtype='bfloat16', loss_scale=1.0)
    assert isinstance(wrapper, TokenNormalizedAmpOptimWrapper)
    before = model.texts.weight.detach().clone()
    model.train_step(parts.token_collate([dataset[0]]), wrapper)
    assert not torch.equal(before, model.texts.weight)


def test_every_form_is_registered():
    for form in TokenNormalizedOptimWrapper.precision_forms.values():
        assert OPTIM_WRAPPERS.get(form['type']) is not None


@pytest.mark.parametrize(
    ('name', 'accumulation'),
    [
        pytest.param('token_recipe.py', 2, marks=pytest.mark.slow),
        pytest.param('token_recipe.py', 1, marks=pytest.mark.slow),
        pytest.param('token_sharded_recipe.py', 2, marks=pytest.mark.slow),
    ],
)
def test_two_processes_equal_one_with_the_double_batch(
    repository, train, tmp_path, name, accumulation
):
    """With batches of texts alone on one process, and nine micro-batches an epoch."""
    option = f'optim_wrapper.accumulative_counts={accumulation}'
    one = train(tmp_path / 'one', option)
    environment = {
        **os.environ,
        'PYTHON': sys.executable,
        'PYTHONPATH': str(repository / 'tests/data/tokens'),
        'OMP_NUM_THREADS': '1',
        'CUDA_VISIBLE_DEVICES': '',
        'MASTER_PORT': '29661',
    }
    recipe = repository / 'tests/data/tokens' / name
    command = [repository / 'tools/dist_train.sh', recipe, '2', '--work-dir', tmp_path / 'two']
    command += ['--cfg-options', 'train_dataloader.batch_size=2', option]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    two = torch.load(tmp_path / 'two/epoch_2.pth', weights_only=False)['state_dict']
    _assert_close(one, two)
