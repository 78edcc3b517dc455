import json

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.reports.training_log import labelled_runs, read_training_log


def write(folder, stamp, *lines):
    path = folder / stamp / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(json.dumps(line) for line in lines))


def train(epoch, iteration, loss):
    return {'loss': loss, 'lr': 0.1, 'epoch': epoch, 'iter': iteration, 'step': iteration}


def val(epoch, value):
    return {'coco/bbox_mAP': value, 'time': 1.0, 'step': epoch}


def test_a_resumed_run_is_one_curve_and_the_later_part_counts(tmp_path):
    # Killed after iteration 30, resumed from the checkpoint of iteration 20.
    write(tmp_path, '1', train(1, 10, 5.0), train(1, 20, 4.0), val(1, 0.1), train(2, 30, 9.0))
    write(tmp_path, '2', train(2, 30, 3.0), train(2, 40, 2.0), val(2, 0.2))
    log = read_training_log(tmp_path)
    assert log.num_parts == 2
    assert log.losses == {'loss': [(10, 5.0), (20, 4.0), (30, 3.0), (40, 2.0)]}
    assert log.metric('coco/bbox_mAP', by_epoch=True) == [(1, 0.1), (2, 0.2)]
    assert log.metric('coco/bbox_mAP', by_epoch=False) == [(20, 0.1), (40, 0.2)]
    assert log.counts_epochs and log.metric_names == ['coco/bbox_mAP']


def test_a_fresh_run_in_the_same_folder_is_a_run_of_its_own(tmp_path):
    write(tmp_path, '1', train(1, 10, 5.0), train(1, 20, 4.0))
    write(tmp_path, '2', train(1, 10, 7.0), train(1, 20, 6.0))
    log = read_training_log(tmp_path)
    assert (log.num_parts, log.losses) == (1, {'loss': [(10, 7.0), (20, 6.0)]})


def test_a_fresh_run_that_logs_less_often_is_one_too(tmp_path):
    write(tmp_path, '1', train(1, 10, 5.0), train(1, 20, 4.0))
    write(tmp_path, '2', train(1, 50, 7.0), train(1, 100, 6.0))
    assert read_training_log(tmp_path).num_parts == 1


def test_a_test_in_the_work_folder_is_no_training(tmp_path):
    write(tmp_path, '1', train(1, 10, 5.0))
    write(tmp_path, '2', val(0, 0.3))
    assert read_training_log(tmp_path).losses == {'loss': [(10, 5.0)]}
    with pytest.raises(InputValueError, match='expected lines about training, found none; the run'):
        read_training_log(tmp_path / '2')


def test_labels_are_given_or_the_name_of_the_folder(tmp_path):
    (tmp_path / 'a=b').mkdir()
    named = labelled_runs([f'x={tmp_path}', str(tmp_path / 'a=b')])
    assert named == {'x': str(tmp_path), 'a=b': str(tmp_path / 'a=b')}
    with pytest.raises(InputValueError, match="found 'x' twice; write LABEL=PATH"):
        labelled_runs(['x=one', 'x=two'])
