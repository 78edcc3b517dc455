"""Mosaic is closed in every data set, in persistent workers too."""

import pytest
import torch
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from mmengine.model import BaseModel
from mmengine.registry import HOOKS, TRANSFORMS, DefaultScope
from mmengine.runner import Runner
from torch import nn

import yolo_world  # noqa: F401
from vl_runtime.compat.pipeline_switch import PipelineSwitchHook, pipeline_owners
from vl_runtime.errors import InputValueError


@TRANSFORMS.register_module(name='SwitchTestMark')
class Mark:
    """Replaces the sample by a number that says which pipeline was used."""

    def __init__(self, value):
        self.value = value

    def __call__(self, results):
        return {'mark': torch.tensor(self.value)}


class Numbers(BaseDataset):
    """Four samples, marked 0 by the first pipeline."""

    def __init__(self):
        super().__init__(pipeline=[{'type': 'SwitchTestMark', 'value': 0}])

    def load_data_list(self):
        return [{'number': n} for n in range(4)]


class Recorder(BaseModel):
    """Remembers the marks of each training step."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.marks = []

    def forward(self, mark, mode='loss'):
        self.marks.append([int(value) for value in mark])
        return {'loss': self.weight.sum()}


def switch(epoch):
    return {
        'type': 'mmdet.PipelineSwitchHook',
        'switch_epoch': epoch,
        'switch_pipeline': [{'type': 'SwitchTestMark', 'value': 1}],
    }


def train(dataset, tmp_path, hook, workers=1):
    model = Recorder()
    Runner(
        model,
        work_dir=str(tmp_path),
        experiment_name=tmp_path.name,
        train_dataloader={
            'dataset': dataset,
            'batch_size': 4,
            'num_workers': workers,
            'persistent_workers': workers > 0,
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
        },
        train_cfg={'by_epoch': True, 'max_epochs': 3},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
        custom_hooks=[hook],
        default_hooks={'checkpoint': None, 'logger': None},
        default_scope='mmyolo',
        log_level='ERROR',
    ).train()
    return [set(marks) for marks in model.marks]


def test_registered_under_the_published_name():
    with DefaultScope.overwrite_default_scope('mmyolo'):
        assert type(HOOKS.build(switch(1))) is PipelineSwitchHook


@pytest.mark.parametrize('workers', [0, 1])
def test_all_joined_data_sets_switch(tmp_path, workers):
    dataset = ConcatDataset([Numbers(), Numbers()])

    marks = train(dataset, tmp_path, switch(2), workers)

    assert marks == [{0}, {0}, {0}, {0}, {1}, {1}]  # two steps an epoch


def test_a_pipeline_that_cannot_be_built_stops_before_training(tmp_path):
    hook = {**switch(2), 'switch_pipeline': [{'type': 'NoSuchStep'}]}
    with pytest.raises(KeyError, match='NoSuchStep'):
        train(Numbers(), tmp_path, hook, workers=0)


def test_pipelines_inside_wrappers_are_found():
    inner = Numbers()
    assert list(pipeline_owners(RepeatDataset(inner, times=2))) == [inner]


def test_data_without_pipeline_is_told():
    with pytest.raises(InputValueError, match=r'training data set list has no pipeline'):
        list(pipeline_owners([1, 2]))
