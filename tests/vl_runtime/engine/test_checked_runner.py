import torch
from mmengine.hooks import Hook
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from torch import nn

from vl_runtime.compat import distributed
from vl_runtime.engine import CheckedRunner


class _Rename(Hook):
    """A hook that makes a foreign checkpoint fit, as mmengine allows."""

    def after_load_checkpoint(self, runner, checkpoint):
        checkpoint['state_dict'] = {'weight': checkpoint['state_dict']['foreign']}


class _Identity(nn.Linear):
    def __init__(self):
        super().__init__(1, 1, bias=False)


def test_a_hook_may_rename_the_keys_of_a_checkpoint(tmp_path):
    torch.save({'foreign': torch.full((1, 1), 7.0)}, tmp_path / 'a.pth')
    runner = CheckedRunner(
        model=_Identity(),
        work_dir=str(tmp_path),
        custom_hooks=[_Rename()],
        experiment_name='checked_runner_test',
    )
    runner.load_checkpoint(str(tmp_path / 'a.pth'))
    assert runner.model.weight.item() == 7
    assert RUNNERS.get('CheckedRunner') is CheckedRunner


def test_batch_normalisation_is_not_synchronised_on_a_cpu(tmp_path, monkeypatch):
    monkeypatch.setattr(distributed, 'on_cpu', lambda: True)
    runner = CheckedRunner(
        model=nn.Sequential(nn.SyncBatchNorm(2)),
        work_dir=str(tmp_path),
        experiment_name='sync_test',
    )
    monkeypatch.setattr(Runner, 'wrap_model', lambda self, config, model: model)
    wrapped = runner.wrap_model(None, nn.Sequential(nn.SyncBatchNorm(2)))
    assert not isinstance(wrapped[0], nn.SyncBatchNorm)
