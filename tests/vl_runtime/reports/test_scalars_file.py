import json

import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.reports.scalars_file import find_scalars, read_validations, work_folder


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(x if isinstance(x, str) else json.dumps(x) for x in lines) + '\n')
    return path


def test_training_lines_give_the_iteration_and_validation_lines_the_metrics(tmp_path):
    path = write(
        tmp_path / 'scalars.json',
        {'lr': 0.1, 'loss': 2.0, 'epoch': 1, 'iter': 38, 'step': 38},
        {'coco/bbox_mAP': 0.3, 'time': 0.1, 'data_time': 0.0, 'step': 1},
    )

    (validation,), notes = read_validations(path)

    assert (validation.epoch, validation.iteration, validation.moment) == (1, 38, 1)
    assert validation.metrics == {'coco/bbox_mAP': 0.3}
    assert notes == []


@pytest.mark.parametrize(('step', 'expected'), [(0, 90), (100, 100)])
def test_iteration_based_runs_are_counted_in_iterations(tmp_path, step, expected):
    path = write(
        tmp_path / 'scalars.json',
        {'lr': 0.1, 'loss': 2.0, 'iter': 90, 'step': 90},
        {'coco/bbox_mAP': 0.3, 'step': step},
    )

    (validation,), _ = read_validations(path)

    assert (validation.epoch, validation.moment) == (None, expected)


def test_a_last_line_that_was_cut_off_is_left_out_with_a_note(tmp_path):
    path = write(tmp_path / 'scalars.json', {'coco/bbox_mAP': 0.3, 'step': 1}, '{"coco/bbo')

    validations, notes = read_validations(path)

    assert len(validations) == 1
    assert 'line 2, the last one, was cut off' in notes[0]


def test_another_broken_line_is_named(tmp_path):
    path = write(tmp_path / 'scalars.json', '{"coco', {'coco/bbox_mAP': 0.3, 'step': 1})

    with pytest.raises(InputValueError, match=r'line 1: expected one JSON object per line, found'):
        read_validations(path)


def test_a_line_that_is_no_object_is_named(tmp_path):
    path = write(tmp_path / 'scalars.json', '[1]', {'step': 1})

    with pytest.raises(InputValueError, match=r"line 1: expected a JSON object, found '\[1\]'"):
        read_validations(path)


def test_runs_are_found_from_the_work_folder_the_run_and_the_file(tmp_path):
    old = write(tmp_path / '20250101_000000/vis_data/scalars.json', {})
    new = write(tmp_path / '20250102_000000/vis_data/scalars.json', {})

    assert find_scalars(tmp_path) == [old, new]
    assert find_scalars(new.parents[1]) == find_scalars(new.parent) == find_scalars(new) == [new]
    assert work_folder(new) == tmp_path


@pytest.mark.parametrize(('name', 'what'), [('', 'scalars.json in it'), ('gone', 'no such file')])
def test_nothing_to_read_says_what_to_give(tmp_path, name, what):
    with pytest.raises(InputFileNotFoundError, match=f'{what}.*give the work folder of a training'):
        find_scalars(tmp_path / name)
