import pytest

from vlm_detector.examples import Example, run_example


@pytest.fixture
def trial(small_checkout, tmp_path):
    """``trial(what)``: result and the lines that were said."""

    def run(what='word'):
        lines = []
        example = Example(
            name='small',
            guide='docs/guide.md',
            prepare=lambda samples, folder: (folder / 'prepared').mkdir(),
            families=(),
            replaced={'WHAT': what},
            added=(('last', '--size 1'),),
            results=('made/last',),
        )
        folder = tmp_path / 'run'
        return run_example(example, small_checkout, tmp_path, folder, say=lines.append), lines

    return run


def test_a_failed_step_names_command_log_and_reason_and_the_next_run_goes_on(trial, tmp_path):
    result, lines = trial()
    log = tmp_path / 'run/logs/02_make.log'
    assert result.failure == (
        f'python tools/make.py stop word ended with status 1; log {log}: error: a clear line'
    )
    assert lines[-1].strip() == f'FAILED: {result.failure}' and len(result.seconds) == 1
    assert log.read_text().startswith('$ python tools/make.py stop word\n')

    (tmp_path / 'run/go').touch()
    (tmp_path / 'run/made/first').write_text('kept')
    result, lines = trial()
    assert not result.failure and result.kept == 1 and len(result.seconds) == 3
    assert lines[0] == '  [2/3] python tools/make.py stop word'
    assert (tmp_path / 'run/made/first').read_text() == 'kept'
    assert (tmp_path / 'run/made/last').read_text() == '1'
    assert [command.reason_not_run for command in result.not_run] == ['8 GPUs']

    result, lines = trial()
    assert result.kept == 3 and lines == []


def test_changed_commands_start_again_and_the_checkout_stays(trial, small_checkout, tmp_path):
    trial()
    (tmp_path / 'run/go').touch()
    result, _ = trial('other')
    assert result.kept == 0 and (tmp_path / 'run/made/first').read_text() == 'other'
    assert not (tmp_path / 'run/go').exists() and (small_checkout / 'tools/make.py').is_file()
