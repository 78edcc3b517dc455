"""Two processes on a CPU train, validate and save as one does."""

import json

import pytest
import torch

from vl_runtime import launch

NO_DROPOUT = 'model.lora.dropout=0.0'
SHARDED = """
model_wrapper_cfg = dict(type='FullySharded')
"""


def _entries(folder):
    entries = []
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        entries += [json.loads(line) for line in path.read_text().splitlines()]
    return entries


def _metrics(folder):
    """Of the last validation, without its times."""
    last = [entry for entry in _entries(folder) if 'coco/bbox_mAP' in entry][-1]
    return {key: value for key, value in last.items() if 'time' not in key}


def _curve(folder):
    return [entry['loss'] for entry in _entries(folder) if 'loss' in entry]


def _assert_close(one, other, tolerance):
    one, other = (torch.load(path, weights_only=False)['state_dict'] for path in (one, other))
    assert one.keys() == other.keys()
    for key, value in one.items():
        torch.testing.assert_close(value, other[key], rtol=tolerance, atol=tolerance)


@pytest.mark.slow
def test_two_processes_train_and_validate_as_one_with_the_double_batch(recipe, command, tmp_path):
    path = recipe()
    launch.train(path, work_dir=tmp_path / 'one', cfg_options=[NO_DROPOUT])
    options = ['--cfg-options', NO_DROPOUT, 'train_dataloader.batch_size=1']
    two = ['dist_train.sh', path, 2, '--work-dir', tmp_path / 'two', *options]
    command(*two, port=29671)
    _assert_close(tmp_path / 'one/iter_10.pth', tmp_path / 'two/iter_10.pth', 1e-4)
    assert _metrics(tmp_path / 'one') == pytest.approx(_metrics(tmp_path / 'two'), abs=1e-6)


@pytest.mark.slow
def test_a_model_in_shares_trains_as_whole_copies_do_and_is_resumed(recipe, command, tmp_path):
    whole, shared = recipe(), recipe(extra=SHARDED, name='shared.py')
    options = ['--cfg-options', NO_DROPOUT, 'train_dataloader.batch_size=1']
    for name, path in (('whole', whole), ('shared', shared)):
        folder = tmp_path / name
        command('dist_train.sh', path, 2, '--work-dir', folder, *options, port=29672)
    assert _curve(tmp_path / 'whole') == pytest.approx(_curve(tmp_path / 'shared'), abs=1e-5)
    _assert_close(tmp_path / 'whole/iter_10.pth', tmp_path / 'shared/iter_10.pth', 1e-4)
    assert _metrics(tmp_path / 'whole') == pytest.approx(_metrics(tmp_path / 'shared'), abs=1e-6)

    again = ['--work-dir', tmp_path / 'again', '--resume', tmp_path / 'shared/iter_8.pth']
    command('dist_train.sh', shared, 2, *again, *options, port=29672)
    _assert_close(tmp_path / 'shared/iter_10.pth', tmp_path / 'again/iter_10.pth', 1e-6)
