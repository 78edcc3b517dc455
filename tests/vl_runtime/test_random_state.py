import random

import numpy as np
import torch

from vl_runtime.random_state import random_state, seed_cpu, set_random_state


def _draw():
    values = [random.random(), random.gauss(0, 1), np.random.rand(), np.random.randn()]
    return [*values, float(torch.rand(())), float(torch.randn(()))]


def test_a_state_that_is_put_back_repeats_all_generators():
    _draw()
    state = random_state()
    first = _draw()
    assert _draw() != first
    set_random_state(state)
    assert _draw() == first


def test_a_state_survives_a_checkpoint_that_is_opened_safely(tmp_path):
    torch.save(random_state(), tmp_path / 'state.pth')
    first = _draw()
    set_random_state(torch.load(tmp_path / 'state.pth', weights_only=True))
    assert _draw() == first


def test_a_seed_sets_all_generators_of_the_cpu():
    seed_cpu(2**32 - 1)
    first = _draw()
    seed_cpu(2**32 - 1)
    assert _draw() == first
    seed_cpu(0)
    assert _draw() != first
