import errno

import pytest

from vl_runtime.errors import InputValueError, one_line_errors


def _run(error):
    with pytest.raises(SystemExit) as stop, one_line_errors():
        raise error
    return stop.value.code


def test_a_mistake_is_one_line(capsys):
    assert _run(InputValueError('a.json: not this')) == 1
    assert capsys.readouterr().err == 'error: a.json: not this\n'


def test_a_full_disk_is_one_line(capsys):
    assert _run(OSError(errno.ENOSPC, 'No space left on device', 'run/log.txt')) == 1
    expected = 'error: run/log.txt: cannot write (No space left on device).\n'
    assert capsys.readouterr().err == expected


def test_an_interrupt_is_told_also_when_a_library_made_another_error_of_it(capsys):
    assert _run(KeyboardInterrupt()) == 130
    with pytest.raises(SystemExit) as stop, one_line_errors():
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise SyntaxError('failed to format') from None
    assert stop.value.code == 130
    assert capsys.readouterr().err == 'interrupted\ninterrupted\n'


@pytest.mark.parametrize('error', [ValueError('bug'), OSError(errno.EIO, 'broken')])
def test_other_errors_keep_their_trace(error):
    with pytest.raises(type(error)), one_line_errors():
        raise error
