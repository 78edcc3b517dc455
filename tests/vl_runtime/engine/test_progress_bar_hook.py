from types import SimpleNamespace

import torch
from mmengine.registry import HOOKS

from vl_runtime import engine


def run(rank):
    hook = HOOKS.build({'type': 'ProgressBarHook', 'desc': 'learning'})
    assert isinstance(hook, engine.ProgressBarHook)
    runner = SimpleNamespace(rank=rank, max_iters=40, iter=10)
    hook.before_train(runner)
    for index in range(30):
        hook.after_train_iter(runner, index, outputs={'loss': torch.tensor(2.5)})
    hook.after_train(runner)


def test_bar_starts_where_the_run_resumes_and_reaches_the_end(capsys):
    run(rank=0)
    shown = capsys.readouterr().err
    assert 'learning' in shown and '10/40' in shown and '40/40' in shown and 'loss=2.50' in shown
    assert shown.count('\r') <= 15  # a log file gets about ten lines


def test_only_the_first_process_shows_it(capsys):
    run(rank=1)
    assert capsys.readouterr().err == ''
