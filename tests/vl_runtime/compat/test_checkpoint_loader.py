import functools
import http.server
import os
import threading

import pytest
import torch
from mmengine.runner import CheckpointLoader

from vl_runtime import compat
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError


class _Command:
    def __reduce__(self):
        return (os.system, ('true',))


@pytest.fixture(autouse=True)
def _installed(monkeypatch, tmp_path):
    compat.install()
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch_home'))


@pytest.fixture
def address(tmp_path):
    """A web server on this machine that serves ``tmp_path / 'web'``."""
    folder = tmp_path / 'web'
    folder.mkdir()
    torch.save({'state_dict': {'a': torch.ones(1)}}, folder / 'good.pth')
    torch.save({'a': _Command()}, folder / 'evil.pth')
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{server.server_address[1]}'
    server.shutdown()


def _load(name):
    return CheckpointLoader.load_checkpoint(str(name), 'cpu', logger='silent')


def test_a_checkpoint_from_the_web_is_loaded_and_kept(address, tmp_path):
    assert _load(f'{address}/good.pth')['state_dict']['a'].item() == 1
    assert (tmp_path / 'torch_home/hub/checkpoints/good.pth').is_file()


def test_a_checkpoint_from_the_web_that_carries_code_is_refused(address):
    with pytest.raises(InputValueError, match=r'evil\.pth: refused.*posix\.system'):
        _load(f'{address}/evil.pth')


def test_an_address_that_is_not_there_is_told(address):
    with pytest.raises(InputFileNotFoundError, match=r'none\.pth: cannot be downloaded'):
        _load(f'{address}/none.pth')


def test_a_missing_file_names_the_closest_one(tmp_path):
    (tmp_path / 'epoch_12.pth').touch()
    with pytest.raises(
        InputFileNotFoundError, match=r"no such checkpoint\. Did you mean 'epoch_12"
    ):
        _load(tmp_path / 'epoch_13.pth')
    with pytest.raises(InputFileNotFoundError, match=r'The folder .*elsewhere does not exist'):
        _load(tmp_path / 'elsewhere' / 'a.pth')


def test_a_folder_names_the_checkpoints_that_it_holds(tmp_path):
    (tmp_path / 'best.pth').touch()
    with pytest.raises(InputFileNotFoundError, match=r'not a folder\. It holds best\.pth'):
        _load(tmp_path)


@pytest.mark.parametrize('scheme', ['torchvision', 'openmmlab', 'mmcls'])
def test_an_unknown_model_name_is_told(scheme):
    with pytest.raises(InputKeyError, match=f'{scheme}:// knows no model'):
        _load(f'{scheme}://no_such_model_at_all')


def test_a_closed_service_is_told():
    with pytest.raises(InputValueError, match='pavi:// is not supported'):
        _load('pavi://model')


def test_every_scheme_of_mmengine_is_ours():
    owners = {loader.__module__ for loader in CheckpointLoader._schemes.values()}
    assert owners == {'vl_runtime.compat.checkpoint_loader'}
