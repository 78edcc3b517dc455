import sys

import torch

from tests.tool_process import run as run_process


def run(repository, *arguments):
    command = [sys.executable, repository / 'tools' / 'convert_checkpoint.py', *arguments]
    return run_process(command)


def test_help_is_there(repository):
    result = run(repository, '--help')
    assert result.returncode == 0 and '--compare' in result.stdout


def test_a_published_file_is_converted_and_a_mistake_is_one_line(repository, tmp_path):
    source = tmp_path / 'a.pth'
    torch.save({'state_dict': {'bbox_head.head_module.a': torch.ones(1)}}, source)
    result = run(repository, source, '--out', tmp_path / 'sub' / 'b.pth')
    assert result.returncode == 0, result.stderr
    assert 'source: mmengine checkpoint of YOLO-World' in result.stdout
    assert (tmp_path / 'sub' / 'b.pth').is_file()
    result = run(repository, tmp_path / 'no.pth', '--out', tmp_path / 'c.pth')
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert result.stderr.startswith('error: ')


def test_a_retrieval_model_takes_the_same_way(repository, tmp_path):
    source = tmp_path / 'a.pth'
    torch.save({'state_dict': {'neck.weight': torch.ones(1)}}, source)
    command = ('--to', 'composed_retriever', '--out', tmp_path / 'b.pth')
    result = run(repository, source, *command)
    assert result.returncode == 1
    assert 'expected weights of a BLIP-2 or SPRC retrieval model' in result.stderr
    assert result.stderr.startswith('error: ') and result.stderr.count('\n') == 1
    result = run(repository, source, *command, '--compare')
    assert result.returncode == 1 and 'there is no source network' in result.stderr
