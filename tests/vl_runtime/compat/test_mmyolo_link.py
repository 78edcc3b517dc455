import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from vl_runtime.compat import mmyolo_link
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError


def test_the_link_shows_configs_and_tools(tmp_path):
    link = mmyolo_link.ensure(tmp_path)
    assert link == tmp_path / 'third_party' / 'mmyolo'
    assert link.is_symlink()
    assert (link / 'configs/yolov8/yolov8_s_syncbn_fast_8xb16-500e_coco.py').is_file()
    assert (link / 'tools/dataset_converters/yolo2coco.py').is_file()


@pytest.mark.parametrize('target', ['nowhere', 'another'])
def test_a_stale_link_is_repaired(tmp_path, target):
    (tmp_path / 'third_party').mkdir()
    (tmp_path / 'another').mkdir()
    (tmp_path / 'third_party' / 'mmyolo').symlink_to(tmp_path / target)
    assert (mmyolo_link.ensure(tmp_path) / 'configs').is_dir()
    assert os.listdir(tmp_path / 'third_party') == ['mmyolo']


def test_many_processes_may_ask_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        links = list(pool.map(lambda _: mmyolo_link.ensure(tmp_path), range(32)))
    assert all((link / 'configs').is_dir() for link in links)
    assert os.listdir(tmp_path / 'third_party') == ['mmyolo']


def test_files_are_copied_where_links_are_impossible(tmp_path, monkeypatch):
    source = tmp_path / 'installed'
    (source / 'configs').mkdir(parents=True)
    monkeypatch.setattr(mmyolo_link, 'installed_files', lambda: source)
    monkeypatch.setattr(os, 'symlink', _no_links)

    link = mmyolo_link.ensure(tmp_path)
    assert link.is_dir()
    assert not link.is_symlink()

    (source / 'configs' / 'new.py').touch()
    (link / '.copied_from').write_text('an older environment')
    assert (mmyolo_link.ensure(tmp_path) / 'configs' / 'new.py').is_file()


def _no_links(*_, **__):
    raise OSError('no links here')


def test_a_users_own_folder_stays(tmp_path):
    (tmp_path / 'third_party/mmyolo/configs').mkdir(parents=True)
    assert not mmyolo_link.ensure(tmp_path).is_symlink()


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / 'third_party/mmyolo/data').mkdir(parents=True)
    with pytest.raises(InputPermissionError, match='stands where the link belongs'):
        mmyolo_link.ensure(tmp_path)


def test_a_repository_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / 'third_party').write_text('a file')
    with pytest.raises(InputPermissionError, match=r'cannot be made .*ln -sfn'):
        mmyolo_link.ensure(tmp_path)


def test_a_missing_mmyolo_is_told(monkeypatch):
    monkeypatch.setattr(mmyolo_link.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(InputFileNotFoundError, match='mmyolo is not installed; install it with'):
        mmyolo_link.installed_files()


def test_the_module_makes_the_link_of_its_checkout(repository):
    environment = {**os.environ, 'PYTHONPATH': str(repository / 'projects')}
    command = [sys.executable, '-m', 'vl_runtime.compat.mmyolo_link']
    subprocess.run(command, check=True, env=environment, cwd='/')
    assert (repository / 'third_party/mmyolo/configs').is_dir()
