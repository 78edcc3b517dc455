"""Ultralytics networks with random weights and statistics, built offline and saved."""

import os

import pytest
import torch

from vl_runtime.compat.optional import available
from vl_runtime.compat.ultralytics_tasks import ultralytics_tasks


@pytest.fixture(scope='session')
def tasks(tmp_path_factory):
    """``ultralytics.nn.tasks``, which writes its settings to a folder of the tests."""
    os.environ.setdefault('YOLO_CONFIG_DIR', str(tmp_path_factory.mktemp('ultralytics')))
    if not available('ultralytics'):
        pytest.skip('ultralytics is not installed')
    return ultralytics_tasks()


@pytest.fixture(scope='session')
def ultralytics_file(tasks, tmp_path_factory):
    """ultralytics_file('yolov8n.yaml'): path of a saved network, made once."""
    made = {}

    def make(name, **changes):
        key = (name, repr(sorted(changes.items())))
        if key not in made:
            builder = tasks.WorldModel if 'world' in name else tasks.DetectionModel
            with torch.random.fork_rng():
                torch.manual_seed(1)
                model = builder(name, ch=3, nc=changes.get('nc', 80), verbose=False)
                randomise(model)
            for attribute, value in changes.items():
                setattr(model, attribute, value)
            made[key] = tmp_path_factory.mktemp('source') / f'{name.partition(".")[0]}.pt'
            torch.save({'model': model, 'ema': None, 'epoch': -1}, made[key])
        return made[key]

    return make


def randomise(model):
    """Statistics and small parameters that start values leave at 0 or 1.

    With the convolutions' start values the image would hardly reach the outputs.
    """
    for name, tensor in model.state_dict().items():
        if tensor.ndim == 4 and 'dfl' not in name:
            tensor.normal_(std=(1.5 / tensor[0].numel()) ** 0.5)
        if name.endswith(('running_mean', 'bn.bias', 'norm.bias', 'attn.bias')):
            tensor.normal_(std=0.2)
        elif name.endswith(('running_var', 'bn.weight', 'norm.weight')):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith('logit_scale'):
            tensor.fill_(0.3)
        elif 'cv4' in name and name.endswith('.bias'):
            tensor.fill_(-2.0)
