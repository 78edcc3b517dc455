import pytest

from vl_runtime.converters.class_names import (
    checked_class_names,
    class_names_from,
    read_class_names,
)
from vl_runtime.errors import InputFileNotFoundError, InputValueError


def test_names_come_in_file_order_without_blank_lines_at_the_end(tmp_path):
    path = tmp_path / 'classes.txt'
    path.write_bytes('\ufeffzebra\r\nred blood cell\r\n\r\n'.encode())
    assert read_class_names(path) == ['zebra', 'red blood cell']


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', r'classes.txt: expected at least one class name, found none'),
        (b'cat\n\ndog', r'classes.txt: class 1 is blank'),
        (b'cat\ndog\ncat', r"class 2 \('cat'\) has the name of class 0"),
        (b'\xff\xfe\x00', 'expected UTF-8 text'),
    ],
)
def test_wrong_class_names_are_named(tmp_path, content, message):
    path = tmp_path / 'classes.txt'
    path.write_bytes(content)
    with pytest.raises(InputValueError, match=message):
        read_class_names(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'no.txt: there is no such file; it holds'):
        class_names_from([str(tmp_path / 'no.txt')], [])


def test_given_names_win_over_files(tmp_path):
    path = tmp_path / 'classes.txt'
    path.write_text('cat\n')
    assert class_names_from(['dog', 'cat'], [path]) == (['dog', 'cat'], '--classes')
    assert class_names_from(None, [tmp_path / 'absent', path]) == (['cat'], str(path))
    assert class_names_from([str(path)], []) == (['cat'], str(path))
    assert class_names_from(None, []) is None


def test_names_of_the_command_line_are_checked_too():
    with pytest.raises(InputValueError, match='--classes: class 0 is blank'):
        checked_class_names([' '], '--classes')
