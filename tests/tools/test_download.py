import subprocess
import sys
import time


def run(repository, *arguments):
    command = [sys.executable, repository / 'tools' / 'download.py', *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_help_is_there_in_under_a_second(repository):
    start = time.perf_counter()
    result = run(repository, '--help')
    assert result.returncode == 0 and '--mirror' in result.stdout
    assert time.perf_counter() - start < 1


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
