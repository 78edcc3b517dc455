"""Parts that train in a second: y = 2x + 1 by one linear layer."""

import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, HOOKS, METRICS, MODELS
from torch import nn
from torch.utils.data import Dataset


@DATASETS.register_module()
class ToyDataset(Dataset):
    """Sixteen points of the line."""

    metainfo = {'classes': ('line',)}

    def __len__(self):
        return 16

    def __getitem__(self, index):
        x = torch.tensor([index / 16.0])
        return {'x': x, 'y': 2 * x + 1}


@MODELS.register_module()
class ToyModel(BaseModel):
    """One linear layer, started at zero."""

    def __init__(self, width=1, **kwargs):
        super().__init__(**kwargs)
        self.linear = nn.Linear(1, width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x, y=None, mode='tensor'):
        predicted = self.linear(x)
        if mode == 'loss':
            return {'loss': (predicted.float() - y).square().mean()}
        return [{'error': float((p - t).abs().mean())} for p, t in zip(predicted, y)]


@METRICS.register_module()
class ToyMetric(BaseMetric):
    """Mean absolute error."""

    def process(self, data_batch, data_samples):
        self.results.extend(sample['error'] for sample in data_samples)

    def compute_metrics(self, results):
        return {'error': sum(results) / len(results), 'points': len(results)}


@HOOKS.register_module()
class ToyInterrupt(Hook):
    """Stops the run as Ctrl-C would, when ``iteration`` comes round."""

    def __init__(self, iteration):
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter == self.iteration:
            raise KeyboardInterrupt
