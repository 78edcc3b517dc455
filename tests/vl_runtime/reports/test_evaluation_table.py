import multiprocessing

import pytest

from vl_runtime.errors import InputPermissionError, InputValueError
from vl_runtime.file_lock import wait_for_turn
from vl_runtime.reports.evaluation_table import append_rows, read_table


def test_rows_and_new_columns_are_added(tmp_path):
    path = tmp_path / 'table.csv'
    append_rows(path, [{'label': 'a, "b"', 'AP': '0.5'}])
    append_rows(path, [{'label': 'c', 'IoU': '0.7'}, {'AP': '0.1'}])
    header, rows = read_table(path)
    assert header == ['label', 'AP', 'IoU']
    assert rows == [
        {'label': 'a, "b"', 'AP': '0.5', 'IoU': ''},
        {'label': 'c', 'AP': '', 'IoU': '0.7'},
        {'label': '', 'AP': '0.1', 'IoU': ''},
    ]


def _append_ten(path, name):
    for number in range(10):
        append_rows(path, [{'label': name, f'column {name}': str(number)}])


def test_processes_at_once_keep_every_row(tmp_path):
    path = tmp_path / 'table.csv'
    context = multiprocessing.get_context('fork')
    writers = [context.Process(target=_append_ten, args=(path, name)) for name in 'abc']
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    header, rows = read_table(path)
    assert sorted(header) == ['column a', 'column b', 'column c', 'label']
    assert sorted(row['label'] for row in rows) == sorted('abc' * 10)


@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'line 1: expected the names of columns, each once, found None'),
        ('a,a\n', r"line 1: .* found \['a', 'a'\]; move the file away"),
        ('a,b\n1,2\n3\n', 'line 3: expected 2 values, found 1; repair the line'),
    ],
)
def test_a_file_that_is_no_table_stays_as_it_is(tmp_path, text, message):
    path = tmp_path / 'table.csv'
    path.write_text(text)
    with pytest.raises(InputValueError, match=message):
        append_rows(path, [{'a': '1'}])
    assert path.read_text() == text


def _hold(lock, held, let_go):
    with wait_for_turn(lock):
        held.set()
        let_go.wait(20)


def test_whoever_waits_too_long_is_told(tmp_path):
    context = multiprocessing.get_context('fork')
    held, let_go = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / 'lock', held, let_go))
    holder.start()
    assert held.wait(20)
    with (
        pytest.raises(InputPermissionError, match=r'lock: held by another process for 0\.05 s'),
        wait_for_turn(tmp_path / 'lock', seconds=0.05),
    ):
        pass
    let_go.set()
    holder.join()
    with wait_for_turn(tmp_path / 'lock', seconds=0):
        pass
