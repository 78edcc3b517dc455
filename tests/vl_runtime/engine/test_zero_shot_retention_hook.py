import json

import pytest
import torch

from vl_runtime import launch
from vl_runtime.engine.held_out_evaluation import HeldOutEvaluation
from vl_runtime.errors import InputValueError
from vl_runtime.retention import measure_retention


@pytest.fixture
def toy(repository, tmp_path, monkeypatch):
    """The toy recipe; runs in ``tmp_path``, where ``start.pth`` are weights of its model."""
    monkeypatch.syspath_prepend(repository / 'tests/data/toy')
    monkeypatch.chdir(tmp_path)
    torch.save({'linear.weight': torch.ones(1, 1), 'linear.bias': torch.ones(1)}, 'start.pth')
    return str(repository / 'tests/data/toy/toy_recipe.py')


def options(toy, interval=0, **more):
    hook = {'type': 'ZeroShotRetentionHook', 'recipe': toy, 'interval': interval}
    hooks = [{'type': 'EMAHook', 'momentum': 0.5}, hook]
    return {'load_from': 'start.pth', 'custom_hooks': hooks, **more}


def report(folder):
    return json.loads((folder / 'retention.json').read_text())[0]


def log_of(folder):
    (path,) = folder.rglob('*.log')
    return path.read_text()


def test_weights_that_did_not_change_score_the_same_before_and_after(toy, tmp_path):
    launch.train(toy, work_dir='run', cfg_options=options(toy, **{'optim_wrapper.optimizer.lr': 0}))
    found = report(tmp_path / 'run')
    # y = 2x + 1 against x + 1 at x = 0, 1/16, ... 15/16: off by 15/32 on average.
    assert found['before']['error'] == pytest.approx(15 / 32)
    assert found['after'] == found['before']
    log = log_of(tmp_path / 'run')
    assert 'retention/before: error = 0.4688 on toy_recipe' in log
    assert 'retention/after: error = 0.4688 (+0.0000) on toy_recipe' in log


def test_after_is_what_a_test_of_the_saved_weights_finds(toy, tmp_path):
    launch.train(toy, work_dir='run', cfg_options=options(toy, interval=1))
    found = report(tmp_path / 'run')
    assert found['after']['error'] < found['before']['error'] == pytest.approx(15 / 32)
    saved = launch.test(toy, 'run/epoch_2.pth')
    assert found['after']['error'] == pytest.approx(saved['error'], rel=1e-6)
    assert log_of(tmp_path / 'run').count('retention/now: error') == 2
    (scalars,) = (tmp_path / 'run').rglob('scalars.json')
    assert scalars.read_text().count('retention/now') == 2


def test_a_resumed_run_keeps_its_first_score(toy, tmp_path):
    launch.train(toy, work_dir='run', cfg_options=options(toy, **{'train_cfg.max_epochs': 1}))
    launch.train(toy, work_dir='run', resume='auto', cfg_options=options(toy))
    assert report(tmp_path / 'run')['before']['error'] == pytest.approx(15 / 32)


def test_weights_of_a_fixed_vocabulary_cannot_be_asked_for_other_texts(toy):
    held_out = HeldOutEvaluation(toy)
    with pytest.raises(
        InputValueError,
        match=r'rep\.pth: cannot be evaluated on toy_recipe: 1 weights of a model that takes '
        r'texts are not in it \(first: linear\.bias\); a re-parameterised model has a fixed voc',
    ):
        held_out.evaluate(
            {'linear.weight': torch.ones(1, 1), 'embeddings': torch.ones(1)}, 'rep.pth'
        )
    with pytest.raises(InputValueError, match=r'weights of another size \(linear\.weight: model'):
        held_out.evaluate({'linear.weight': torch.ones(2, 1), 'linear.bias': torch.ones(1)}, 'a')


def test_a_negative_interval_is_told(toy):
    with pytest.raises(InputValueError, match='expected interval 0 or more, found -1'):
        launch.train(toy, cfg_options=options(toy, interval=-1))


def test_two_checkpoints_on_two_test_sets(toy, tmp_path):
    launch.train(toy, work_dir='run', cfg_options={'load_from': 'start.pth'})
    comparisons, path = measure_retention(toy, 'run/epoch_2.pth', toy, work_dir='compared')
    for comparison in comparisons:
        assert comparison.before['error'] == pytest.approx(15 / 32)
        assert comparison.after == launch.test(toy, 'run/epoch_2.pth')
    assert 'Before: `start.pth`. After: `run/epoch_2.pth`.' in path.read_text()
    same, _ = measure_retention(toy, 'start.pth', toy, before='start.pth', work_dir='same')
    assert same[0].before == same[0].after == same[1].before == same[1].after


def test_what_cannot_be_asked_stays_empty_with_a_note(toy):
    torch.save({'linear.weight': torch.ones(1, 1), 'rep': torch.ones(1)}, 'fixed.pth')
    comparisons, _ = measure_retention(toy, 'fixed.pth', toy, before='start.pth', work_dir='c')
    assert comparisons[1].after == {} and comparisons[1].before['error'] == pytest.approx(15 / 32)
    assert comparisons[1].note.startswith('after: 1 weights of a model that takes texts')


def test_unknown_starting_weights_are_asked_for(toy):
    with pytest.raises(InputValueError, match=r'start\.pth: does not say which .*--before CHECK'):
        measure_retention(toy, 'start.pth', toy, work_dir='compared')
