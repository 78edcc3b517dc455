"""A one-cycle schedule is saved as plain values and goes on from them."""

import torch
from mmengine.optim.scheduler import OneCycleLR

from vl_runtime import compat


def schedule():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return OneCycleLR(optimizer, eta_max=1.0, total_steps=10, by_epoch=False), optimizer


def test_the_state_loads_as_weights_only_and_the_rates_go_on(tmp_path):
    compat.install()
    straight, rates = schedule()
    stopped, _ = schedule()
    for one in (straight, stopped):
        for _ in range(4):
            one.step()
    torch.save(stopped.state_dict(), tmp_path / 'state.pth')
    resumed, found = schedule()
    resumed.load_state_dict(torch.load(tmp_path / 'state.pth', weights_only=True))
    for one in (straight, resumed):
        one.step()
    assert found.param_groups[0]['lr'] == rates.param_groups[0]['lr'] != 1.0
