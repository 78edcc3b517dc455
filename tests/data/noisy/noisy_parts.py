"""Parts whose training draws random numbers everywhere: order, transforms, dropout."""

import os
import random
import signal
from pathlib import Path

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, HOOKS, MODELS
from torch import nn
from torch.utils.data import Dataset


@DATASETS.register_module()
class NoisyDataset(Dataset):
    """Points with noise of three generators; tells in ``read_log`` which were read."""

    metainfo = {'classes': ('noise',)}

    def __init__(self, size=22, read_log=None):
        self.size = size
        self.read_log = read_log

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        if self.read_log:
            with Path(self.read_log).open('a') as file:
                file.write(f'{index}\n')
        noise = [random.gauss(0, 1), float(np.random.randn()), float(torch.randn(()))]
        x = torch.tensor([index / 22.0, *noise])
        return {'x': x, 'y': x.sum(0, keepdim=True)}


@MODELS.register_module()
class NoisyModel(BaseModel):
    """Two layers with dropout; validation draws random numbers too."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))

    def forward(self, x, y=None, mode='tensor'):
        predicted = self.layers(x)
        if mode == 'loss':
            return {'loss': (predicted - y).square().mean()}
        noise = random.random() + np.random.rand() + float(torch.rand(()))
        return [{'error': float((p - t).abs().mean()) + 0 * noise} for p, t in zip(predicted, y)]


@HOOKS.register_module()
class NoisyKill(Hook):
    """Sends this process a signal after an iteration, as a cluster or a user would."""

    priority = 'LOWEST'

    def __init__(self, iteration, name='SIGKILL'):
        self.iteration = iteration
        self.name = name

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            os.kill(os.getpid(), getattr(signal, self.name))
