"""tools/test.py --retention: both weights on both test sets, from the command line."""

import json
import os
import sys

import pytest
import torch

from tests.tool_process import run as run_process


@pytest.fixture
def run_test(repository, tmp_path):
    """``run_test(*arguments, status=0)`` in ``tmp_path``; ``first`` and ``last.pth`` are there."""
    for name, weight in (('first', 1.0), ('last', 2.0)):
        state = {'linear.weight': torch.full((1, 1), weight), 'linear.bias': torch.ones(1)}
        torch.save({'state_dict': state}, tmp_path / f'{name}.pth')
    folder = repository / 'tests/data/toy'
    environment = {**os.environ, 'PYTHONPATH': str(folder), 'OMP_NUM_THREADS': '1'}

    def run(*arguments, status=0):
        command = [sys.executable, repository / 'tools/test.py', folder / 'toy_recipe.py']
        done = run_process([*command, *arguments], env=environment, cwd=tmp_path)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


@pytest.mark.slow
def test_retention_compares_both_weights_on_both_test_sets(repository, run_test, tmp_path):
    held_out = repository / 'tests/data/toy/toy_recipe.py'
    arguments = ('--retention', held_out, '--before', 'first.pth', '--work-dir', 'tested')
    shown = run_test('last.pth', *arguments)
    assert 'report: tested/retention.md' in shown
    target, other = json.loads((tmp_path / 'tested/retention.json').read_text())
    for part in (target, other):
        # y = 2x + 1 against x + 1 at x = 0, 1/16, ... 15/16: off by 15/32; then exact.
        assert part['before']['error'] == pytest.approx(15 / 32)
        assert part['after']['error'] == pytest.approx(0)


def test_weights_that_do_not_name_their_start_ask_for_it(repository, run_test):
    held_out = repository / 'tests/data/toy/toy_recipe.py'
    shown = run_test('last.pth', '--retention', held_out, status=1)
    assert 'last.pth: does not say which weights its training started from' in shown
    assert shown.count('\n') == 1


def test_retention_and_pictures_are_asked_for_one_at_a_time(repository, run_test):
    held_out = repository / 'tests/data/toy/toy_recipe.py'
    shown = run_test('last.pth', '--retention', held_out, '--show-dir', 'drawn', status=1)
    assert '--show-dir does not go with --retention; run it on its own.' in shown
