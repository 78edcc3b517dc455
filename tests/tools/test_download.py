import os
import sys

from tests.tool_process import run as run_process
from vl_runtime.file_lock import only_process


def run(repository, *arguments):
    command = [sys.executable, repository / 'tools' / 'download.py', *map(str, arguments)]
    return run_process(command)


def test_help_is_there(repository):
    result = run(repository, '--help')
    assert result.returncode == 0 and '--mirror' in result.stdout


def test_a_mirror_folder_is_used_and_checked(repository, tmp_path):
    name = 'annotations_trainval2017.zip'
    (tmp_path / name).write_bytes(b'zip')
    arguments = ('coco_2017_annotations', '--out', tmp_path / 'data')
    assert run(repository, *arguments, '--check').returncode == 1
    result = run(repository, *arguments, '--mirror', tmp_path)
    assert result.returncode == 0, result.stderr
    assert 'sha256 was not known' in result.stdout and '3.00/3.00' in result.stderr
    assert (tmp_path / 'data' / 'coco' / name).read_bytes() == b'zip'
    assert run(repository, *arguments, '--check').returncode == 0


def test_mistakes_and_work_by_hand_are_one_line(repository, tmp_path):
    for arguments, words in (
        ([], 'error: expected at least one NAME'),
        (['coco'], 'error: coco: no download of this name'),
        (['objects365_v1', '--out', tmp_path], 'error: objects365_v1: has to be fetched by hand'),
    ):
        result = run(repository, *arguments)
        assert result.returncode == 1 and result.stderr.startswith(words)
    assert 'yolo_world_v2_s ' in run(repository, '--list').stdout


def test_places_that_cannot_be_used_are_told_before_a_byte_is_fetched(repository, tmp_path):
    name = 'annotations_trainval2017.zip'
    (tmp_path / name).write_bytes(b'zip')
    (tmp_path / 'file').touch()
    arguments = ('coco_2017_annotations', '--mirror', tmp_path, '--out')
    record = ('--checksums', tmp_path)
    for more, words in (
        ([tmp_path / 'file'], 'file/coco: cannot write here (Not a directory); choose'),
        ([tmp_path / 'data', *record], 'expected a JSON file of checksums, found a folder'),
    ):
        result = run(repository, *arguments, *more)
        assert result.returncode == 1 and 'Traceback' not in result.stderr
        assert words in result.stderr and '3.00' not in result.stderr
    assert not (tmp_path / 'data').exists()


def test_a_second_process_does_not_fetch_the_same_file(repository, tmp_path):
    name = 'annotations_trainval2017.zip'
    (tmp_path / name).write_bytes(b'zip')
    target = tmp_path / 'data' / 'coco' / name
    with only_process(f'{target}.lock', str):
        result = run(
            repository, 'coco_2017_annotations', '--mirror', tmp_path, '--out', tmp_path / 'data'
        )
    assert result.returncode == 1
    assert f'error: {target}: process {os.getpid()} is fetching it; wait for' in result.stderr
    assert list(target.parent.iterdir()) == []
