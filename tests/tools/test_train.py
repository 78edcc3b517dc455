import os
import re
import socket
import subprocess
import sys

import pytest

from tests.tool_process import run as run_process

SCRIPTS = ('dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh')


@pytest.fixture
def environment(repository):
    keep = {key: value for key, value in os.environ.items() if not key.startswith('MMGROUND')}
    return {
        **keep,
        'PYTHON': sys.executable,
        'PYTHONPATH': str(repository / 'tests/data/toy'),
        'OMP_NUM_THREADS': '1',
    }


@pytest.fixture
def toy(repository):
    return str(repository / 'tests/data/toy/toy_recipe.py')


def _run(command, environment, cwd, status=0):
    if command[0] == sys.executable and str(command[1]).endswith('.py'):
        done = run_process(command, env=environment, cwd=cwd)
    else:
        done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
    shown = done.stdout + done.stderr
    assert done.returncode == status, shown
    return shown


@pytest.mark.parametrize('tool', ['train.py', 'test.py', 'doctor.py'])
def test_help_comes_at_once_and_without_torch(repository, environment, tool, tmp_path):
    command = [sys.executable, '-X', 'importtime', str(repository / 'tools' / tool), '--help']
    shown = _run(command, environment, tmp_path)
    assert 'usage:' in shown
    for heavy in ('torch', 'mmengine', 'numpy', 'cv2'):
        assert f'| {heavy}\n' not in shown


def test_train_and_test_from_the_command_line(repository, environment, toy, tmp_path):
    tools = repository / 'tools'
    _run([sys.executable, tools / 'train.py', toy, '--work-dir', 'run'], environment, tmp_path)
    shown = _run(
        [sys.executable, tools / 'test.py', toy, 'run/epoch_2.pth', '--work-dir', 'tested'],
        environment,
        tmp_path,
    )
    assert 'points: 16' in shown
    for noise in ('Warning', 'WARNING', 'will be deprecated'):
        assert noise not in shown


def test_a_mistake_is_one_line_and_exit_status_1(repository, environment, toy, tmp_path):
    command = [sys.executable, repository / 'tools/train.py', toy + 'x']
    shown = _run(command, environment, tmp_path, status=1)
    assert shown.startswith('error: ')
    assert shown.count('\n') == 1


@pytest.mark.parametrize('script', SCRIPTS)
def test_scripts_are_valid_and_tell_their_usage(repository, environment, script, tmp_path):
    path = str(repository / 'tools' / script)
    subprocess.run(['bash', '-n', path], check=True)
    assert os.access(path, os.X_OK)
    assert 'usage:' in _run([path, 'one'], environment, tmp_path, status=2)


def test_a_process_count_that_is_no_number_is_told(repository, environment, toy, tmp_path):
    command = [repository / 'tools/dist_train.sh', toy, '--amp']
    assert "found '--amp'" in _run(command, environment, tmp_path, status=2)


def test_two_processes_train_validate_and_save_once_on_a_cpu(
    repository, environment, toy, tmp_path
):
    environment = {**environment, 'MASTER_PORT': '29637', 'CUDA_VISIBLE_DEVICES': ''}
    shown = _run(
        [repository / 'tools/dist_train.sh', toy, '2', '--work-dir', 'run'], environment, tmp_path
    )
    assert shown.count('Saving checkpoint at 2 epochs') == 1
    assert 'points: 16' in shown  # each point once, from two processes
    assert 'Epoch(train) [1][2/2]' in shown  # half of the four iterations each
    assert (tmp_path / 'run/epoch_2.pth').is_file()


@pytest.mark.slow
def test_a_mistake_in_several_processes_is_no_page_about_torchrun(
    repository, environment, toy, tmp_path
):
    command = [repository / 'tools/dist_train.sh', toy + 'x', '2']
    environment = {**environment, 'PORT': '29639', 'CUDA_VISIBLE_DEVICES': ''}
    shown = _run(command, environment, tmp_path, status=1)
    assert "found '.pyx'" in shown and 'Traceback' not in shown
    assert re.search(r'error: process \d stopped with exit status 1; its message is above', shown)
    assert shown.count('\n') <= 6


def test_a_port_that_is_in_use_is_told(repository, environment, toy, tmp_path):
    with socket.socket() as taken:
        taken.bind(('0.0.0.0', 0))
        taken.listen()
        environment = {**environment, 'PORT': str(taken.getsockname()[1])}
        command = [repository / 'tools/dist_train.sh', toy, '2']
        shown = _run(command, environment, tmp_path, status=1)
    assert shown == 'error: another program uses this port; choose another with PORT=29501.\n'


@pytest.mark.parametrize(
    ('script', 'arguments', 'expected'),
    [
        (
            'slurm_train.sh',
            ['gpu', 'job', 'recipe.py', 'work', '--amp'],
            'train.py recipe.py --work-dir work --launcher slurm --amp',
        ),
        (
            'slurm_test.sh',
            ['gpu', 'job', 'recipe.py', 'best.pth', '--out', 'a.pkl'],
            'test.py recipe.py best.pth --launcher slurm --out a.pkl',
        ),
    ],
)
def test_slurm_scripts_hand_everything_to_srun(
    repository, environment, tmp_path, script, arguments, expected
):
    fake = tmp_path / 'bin' / 'srun'
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o755)
    environment |= {
        'PATH': f'{fake.parent}:{environment["PATH"]}',
        'GPUS': '4',
        'SRUN_ARGS': '--qos=high --exclusive',
    }
    shown = _run([repository / 'tools' / script, *arguments], environment, tmp_path).strip()
    assert shown.startswith(
        '-p gpu --job-name=job --gres=gpu:4 --ntasks=4 --ntasks-per-node=4 --cpus-per-task=5 '
        '--kill-on-bad-exit=1 --qos=high --exclusive '
    )
    assert shown.endswith(expected)


@pytest.mark.slow
def test_a_slurm_job_trains_on_a_cpu(repository, environment, toy, tmp_path):
    fake = tmp_path / 'bin' / 'srun'
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/bash\nwhile [[ $1 == -* ]]; do [ "$1" = -p ] && shift; shift; done\n'
        'export SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_LOCALID=0 SLURM_NODELIST=here\nexec "$@"\n'
    )
    fake.chmod(0o755)
    environment |= {
        'PATH': f'{fake.parent}:{environment["PATH"]}',
        'GPUS': '1',
        'MASTER_ADDR': '127.0.0.1',
        'MASTER_PORT': '29638',
        'CUDA_VISIBLE_DEVICES': '',
    }
    command = [repository / 'tools/slurm_train.sh', 'part', 'job', toy, 'run']
    _run(command, environment, tmp_path)
    assert (tmp_path / 'run/epoch_2.pth').is_file()
