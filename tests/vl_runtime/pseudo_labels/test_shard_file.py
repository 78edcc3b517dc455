import os
import subprocess
import sys

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.pseudo_labels import ShardFile, only_labeller


def test_records_of_a_killed_process_are_used_and_its_half_line_replaced(tmp_path):
    path = tmp_path / 'sub' / 'a.jsonl'
    shard = ShardFile(path, {'nms': 0.5})
    shard.append({'file_name': 'a', 'boxes': []})
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"file_name": "b", "bo')
    again = ShardFile(path, {'nms': 0.5})
    assert list(again.records) == ['a']
    again.append({'file_name': 'ü', 'boxes': []})
    assert list(ShardFile(path, {'nms': 0.5}).records) == ['a', 'ü']
    assert path.read_text(encoding='utf-8').count('\n') == 3


def test_a_file_of_other_settings_is_refused(tmp_path):
    ShardFile(tmp_path / 'a.jsonl', {'nms': 0.5, 'config': 'a'}).append({'file_name': 'a'})
    with pytest.raises(InputValueError, match='was written with another nms; go on with the same'):
        ShardFile(tmp_path / 'a.jsonl', {'nms': 0.4, 'config': 'a'})


def test_two_processes_do_not_write_one_shard(repository, tmp_path):
    code = 'import sys; from vl_runtime.errors import one_line_errors as e\n'
    code += 'from vl_runtime.pseudo_labels import only_labeller\n'
    code += 'with e(), only_labeller(sys.argv[1]): print("labelling")'
    shard = tmp_path / 'a.jsonl'
    with only_labeller(shard):
        other = subprocess.run(
            [sys.executable, '-c', code, shard],
            env={**os.environ, 'PYTHONPATH': str(repository / 'projects')},
            capture_output=True,
            text=True,
        )
    assert other.returncode == 1 and other.stdout == ''
    assert f'error: {shard}: process {os.getpid()} is labelling this shard; wait' in other.stderr
    assert list(tmp_path.iterdir()) == []
