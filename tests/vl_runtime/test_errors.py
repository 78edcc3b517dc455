import errno
import os
import subprocess
import sys

import pytest
import torch

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


def test_a_full_memory_is_one_line(capsys):
    for error in (
        MemoryError(),
        torch.OutOfMemoryError('CUDA out of memory.'),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError('Caught OutOfMemoryError in DataLoader worker process 0.'),
    ):
        with pytest.raises(SystemExit) as ended, one_line_errors():
            raise error
        assert ended.value.code == 1
        shown = capsys.readouterr().err
        assert shown.count('\n') == 1 and 'out of memory: take a smaller batch_size' in shown


_PRINTING = """
from vl_runtime.errors import one_line_errors

with one_line_errors():
    {action}
"""


@pytest.mark.parametrize('action', ['print("line\\n" * 100_000)', 'print("a short text")'])
def test_a_reader_that_has_seen_enough_ends_the_command_without_a_word(action, repository):
    script = f'import time; time.sleep(0.5)\n{_PRINTING.format(action=action)}'
    command = [sys.executable, '-c', script]
    environment = {**os.environ, 'PYTHONPATH': str(repository / 'projects')}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b''
    assert process.returncode == 141


def test_another_broken_pipe_keeps_its_trace():
    with pytest.raises(BrokenPipeError), one_line_errors():
        raise BrokenPipeError
