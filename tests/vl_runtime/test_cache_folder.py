from pathlib import Path

from vl_runtime.cache_folder import cache_folder


def test_the_environment_may_name_another_folder(monkeypatch):
    monkeypatch.setenv('MMGROUND_CACHE', '/elsewhere')
    assert cache_folder() == Path('/elsewhere')
    monkeypatch.delenv('MMGROUND_CACHE')
    assert cache_folder() == Path.home() / '.cache/mmground'
