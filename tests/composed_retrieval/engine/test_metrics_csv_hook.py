import csv

import pytest
from mmengine.registry import HOOKS

from vl_runtime.errors import InputValueError


class Run:
    """What the hook looks at of a runner."""

    def __init__(self, work_dir, epoch):
        self.work_dir, self.epoch = work_dir, epoch
        self._train_loop = type('Loop', (), {'iter': 0})()


def test_columns_keep_their_places_and_a_resumed_epoch_is_replaced(tmp_path):
    hook = HOOKS.build(dict(type='MetricsCSVHook'))
    for epoch, metrics in ((1, {'a': 1.0}), (2, {'a': 2.0, 'b': 3.0}), (3, {'b': 5.0})):
        hook.after_val_epoch(Run(tmp_path, epoch), metrics)
    path = tmp_path / 'validation_metrics.csv'
    assert path.read_text() == 'epoch,a,b\n1,1.0,\n2,2.0,3.0\n3,,5.0\n'
    hook.before_train(Run(tmp_path, 1))  # resumed behind the first epoch
    hook.after_val_epoch(Run(tmp_path, 2), {'a': 7.0})
    assert [row['epoch'] for row in csv.DictReader(path.open())] == ['1', '2']


def test_a_file_of_something_else_is_told(tmp_path):
    (tmp_path / 'train_metrics.csv').write_text('epoch,loss\nfirst,1\n')
    hook = HOOKS.build(dict(type='MetricsCSVHook'))
    with pytest.raises(InputValueError, match="line 2: expected a number of the epoch, found 'fir"):
        hook.before_train(Run(tmp_path, 0))
