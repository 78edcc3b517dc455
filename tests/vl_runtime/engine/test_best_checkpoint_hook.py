import copy
import errno
import json
import os

import pytest
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.evaluator import BaseMetric
from mmengine.hooks import EMAHook
from mmengine.model import BaseModel
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from vl_runtime.engine import BestCheckpointHook
from vl_runtime.errors import InputKeyError, InputPermissionError, InputValueError
from vl_runtime.reports.best_epoch import find_best_epoch

NAN = float('nan')


class Numbers(Dataset):
    """Four samples, two iterations an epoch."""

    metainfo = {'classes': ('cat', 'dog'), 'palette': torch.zeros(2, 3).numpy()}

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.ones(1)


class Slope(BaseModel):
    """One weight that grows by 1 in every iteration."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode='tensor'):
        return {'loss': -self.weight.sum()} if mode == 'loss' else [{'x': 1}]

    def train_step(self, data, optim_wrapper):
        with torch.no_grad():
            self.weight += 1
        return {'loss': torch.zeros(())}

    def val_step(self, data):
        return [{'x': 1}]


class Scripted(BaseMetric):
    """Returns the next of the given values at each evaluation."""

    default_prefix = 'coco'

    def __init__(self, values):
        super().__init__()
        self.values = list(values)

    def process(self, data_batch, data_samples):
        self.results.append(1)

    def compute_metrics(self, results):
        return {'bbox_mAP': self.values.pop(0), 'other': NAN}


@pytest.fixture
def train(tmp_path):
    """Train with scripted validation values; returns the runner."""

    def run(
        values,
        hook=None,
        *,
        epochs=None,
        iters=None,
        resume=False,
        hooks=(),
        save=100,
        start=True,
        logger=None,
    ):
        loop = {'by_epoch': True, 'max_epochs': epochs or len(values), 'val_interval': 1}
        if iters:
            loop = {'by_epoch': False, 'max_iters': iters, 'val_interval': iters // len(values)}
        sampler = InfiniteSampler(Numbers()) if iters else None
        runner = Runner(
            model=Slope(),
            work_dir=str(tmp_path),
            train_dataloader=DataLoader(Numbers(), batch_size=2, sampler=sampler),
            val_dataloader=DataLoader(Numbers(), batch_size=2),
            train_cfg=loop,
            val_cfg={},
            val_evaluator=[Scripted(values)],
            optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.0}},
            default_hooks={
                'logger': logger or {'type': 'LoggerHook', 'interval': 1},
                'checkpoint': {'type': 'CheckpointHook', 'interval': save, 'by_epoch': not iters},
            },
            custom_hooks=[hook or {'type': 'BestCheckpointHook'}, *hooks],
            resume=resume,
            experiment_name=f'run{len(os.listdir(tmp_path))}_{resume}_{id(values)}',
            log_level='ERROR',
        )
        if start:
            runner.train()
        return runner

    return run


def best(folder):
    checkpoint = torch.load(folder / 'best.pth', weights_only=True)
    record = json.loads((folder / 'best.json').read_text())
    return checkpoint, record, (folder / 'best_epoch.txt').read_text()


def test_the_best_epoch_is_kept_between_two_saves(train, tmp_path):
    train([0.1, 0.7, 0.3])

    checkpoint, record, text = best(tmp_path)
    assert text == '2\n'
    assert checkpoint['state_dict']['weight'].item() == 4  # two epochs of two iterations
    assert record == {
        'epoch': 2,
        'iteration': 4,
        'metric': 'coco/bbox_mAP',
        'rule': 'greater',
        'value': 0.7,
        'metrics': {'coco/bbox_mAP': 0.7, 'coco/other': None},
    }
    assert sorted(p.name for p in tmp_path.glob('*.pth')) == ['best.pth', 'epoch_3.pth']


def test_the_checkpoint_tells_where_it_comes_from(train, tmp_path):
    train([0.5])

    meta = best(tmp_path)[0]['meta']
    assert (meta['epoch'], meta['iter'], meta['value']) == (1, 2, 0.5)
    assert meta['dataset_meta'] == {'classes': ('cat', 'dog'), 'palette': [[0.0] * 3] * 2}
    assert isinstance(meta['cfg'], str)


def test_less_is_better_on_request(train, tmp_path):
    train([0.3, 0.1, 0.2], {'type': 'BestCheckpointHook', 'rule': 'less'})

    assert best(tmp_path)[2] == '2\n'


@pytest.mark.parametrize(('tie', 'epoch'), [('first', 1), ('last', 3)])
def test_the_tie_rule_decides_between_equal_values(train, tmp_path, tie, epoch):
    train([0.5, 0.2, 0.5], {'type': 'BestCheckpointHook', 'tie': tie})

    assert best(tmp_path)[1]['epoch'] == epoch


def test_nan_is_ignored(train, tmp_path):
    train([NAN, 0.2, NAN])

    assert best(tmp_path)[1]['epoch'] == 2


def test_auto_takes_the_first_metric(train, tmp_path):
    train([0.2], {'type': 'BestCheckpointHook', 'metric': 'auto'})

    assert best(tmp_path)[1]['metric'] == 'coco/bbox_mAP'


def test_iteration_based_runs_count_passes_over_the_data(train, tmp_path):
    train([0.1, 0.9, 0.3], iters=9)

    checkpoint, record, text = best(tmp_path)
    assert checkpoint['state_dict']['weight'].item() == record['iteration'] == 6
    assert (record['epoch'], text) == (3, '3\n')


def test_averaged_weights_are_kept_while_ema_is_active(train, tmp_path):
    train([0.1, 0.2], hooks=[{'type': 'EMAHook', 'momentum': 0.5}])

    checkpoint = best(tmp_path)[0]
    # After the first iteration the average equals the weight (1), then halves the distance.
    average = 1.0
    for weight in (2, 3, 4):
        average += 0.5 * (weight - average)
    assert checkpoint['state_dict']['weight'].item() == pytest.approx(average)
    assert set(checkpoint) == {'meta', 'state_dict'}


def test_training_goes_on_with_its_own_weights_after_saving_averaged_ones(train):
    runner = train([0.1, 0.2, 0.3], hooks=[EMAHook(momentum=0.5)])

    assert runner.model.weight.item() == 6


def test_a_resumed_run_beats_the_earlier_best_or_keeps_it(train, tmp_path, monkeypatch):
    allow_runner_checkpoints(monkeypatch)
    train([0.1, 0.7], save=1)
    train([0.6], epochs=3, resume=True, save=1)
    assert best(tmp_path)[1]['epoch'] == 2

    train([0.8], epochs=4, resume=True, save=1)
    checkpoint, record, _ = best(tmp_path)
    assert record['epoch'] == 4
    assert checkpoint['state_dict']['weight'].item() == 8


def test_a_resumed_run_with_another_rule_starts_the_comparison_anew(train, tmp_path, monkeypatch):
    allow_runner_checkpoints(monkeypatch)
    train([0.1, 0.7], save=1)
    train([0.9], {'type': 'BestCheckpointHook', 'rule': 'less'}, epochs=3, resume=True, save=1)

    assert best(tmp_path)[1]['value'] == 0.9


def test_a_broken_record_is_named_when_resuming(train, tmp_path, monkeypatch):
    allow_runner_checkpoints(monkeypatch)
    train([0.1], save=1)
    (tmp_path / 'best.json').write_text('{"epoch": 1')

    with pytest.raises(InputValueError, match=r'best\.json: not a record of the best checkpoint'):
        train([0.9], epochs=2, resume=True)


def test_a_fresh_run_replaces_an_older_best(train, tmp_path):
    train([0.9])
    train([0.1, 0.2])

    assert best(tmp_path)[1]['value'] == 0.2


def test_validation_outside_of_training_changes_nothing(train, tmp_path):
    train([0.9])
    before = (tmp_path / 'best.json').read_text()

    train([0.1], start=False).val()

    assert (tmp_path / 'best.json').read_text() == before


def test_a_misspelt_metric_fails_at_the_first_validation(train):
    hook = {'type': 'BestCheckpointHook', 'metric': 'coco/bbox_map'}

    with pytest.raises(
        InputKeyError, match=r"found coco/bbox_mAP, coco/other\. Did you mean 'coco/bbox_mAP'"
    ):
        train([0.1, 0.2], hook)


def test_a_metric_that_is_no_number_is_refused(train):
    with pytest.raises(InputValueError, match="expected a number for metric 'coco/bbox_mAP'"):
        train(['high'])


def test_a_full_disk_leaves_the_older_best_in_place(train, tmp_path, monkeypatch):
    train([0.5])
    before = (tmp_path / 'best.pth').read_bytes()

    def full(source, target):
        if str(target).endswith('best.pth'):
            raise OSError(errno.ENOSPC, 'No space left on device')
        return replace(source, target)

    replace = os.replace
    monkeypatch.setattr(os, 'replace', full)
    with pytest.raises(InputPermissionError, match=r'best\.pth: writing failed \(No space left'):
        train([0.6])

    assert (tmp_path / 'best.pth').read_bytes() == before
    assert not list(tmp_path.glob('.*tmp*'))


@pytest.mark.parametrize('step_is_epoch', [True, False])
@pytest.mark.parametrize('iters', [None, 9])
def test_the_log_of_the_run_names_the_same_best(train, tmp_path, iters, step_is_epoch):
    by_epoch = step_is_epoch or not iters
    logger = {'type': 'LoggerHook', 'interval': 1, 'log_metric_by_epoch': by_epoch}
    train([0.1, 0.7, 0.3], iters=iters, logger=logger)

    found = find_best_epoch(tmp_path)

    record = best(tmp_path)[1]
    assert found.checkpoint.name == 'best.pth'
    assert found.ranking[0].iteration == record['iteration']
    assert found.unit == ('iteration' if iters else 'epoch')


@pytest.mark.parametrize(('name', 'value'), [('rule', 'higher'), ('tie', 'newest')])
def test_an_unknown_rule_is_refused(name, value):
    with pytest.raises(InputValueError, match=f"expected {name} '.*', found '{value}'"):
        HOOKS.build(dict(type='BestCheckpointHook', **{name: value}))


def test_the_hook_is_registered_under_its_name():
    assert type(HOOKS.build({'type': 'BestCheckpointHook'})) is BestCheckpointHook


def test_keys_beyond_the_first_are_counted():
    hook = BestCheckpointHook(metric='x')

    with pytest.raises(InputKeyError, match='and 8 more'):
        hook._selected({f'key{i}': 0.0 for i in range(20)})


def allow_runner_checkpoints(monkeypatch):
    """These runs wrote their checkpoints themselves; safe loading is tested elsewhere."""
    load = torch.load

    def trusting(*args, **kwargs):
        return load(*args, **{**copy.copy(kwargs), 'weights_only': False})

    monkeypatch.setattr('mmengine.runner.checkpoint.torch.load', trusting)
