import os
import pickle

import pytest
import torch
from torch import nn

from vl_runtime.compat.inert_objects import (
    InertObject,
    attribute,
    children,
    class_name,
    load_inert,
    module_tensors,
)
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.errors import InputValueError


class Command:
    """Unpickled for real, this makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.fixture
def net():
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    net.note = {'names': ['cat']}
    return net


def test_a_module_tree_gives_its_state_dict(net, tmp_path):
    torch.save({'model': net, 'epoch': 3}, tmp_path / 'a.pt')
    content = load_inert(tmp_path / 'a.pt')
    assert content['epoch'] == 3
    model = content['model']
    assert isinstance(model, InertObject) and class_name(model) == 'Sequential'
    assert model.origin == 'torch.nn.modules.container.Sequential'
    assert attribute(model, 'note') == {'names': ['cat']}
    assert list(children(model)) == ['0', '1']
    found, expected = dict(module_tensors(model)), net.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


def test_nothing_of_the_file_is_run(tmp_path):
    torch.save({'model': Command(str(tmp_path / 'made'))}, tmp_path / 'a.pt')
    content = load_inert(tmp_path / 'a.pt')
    assert isinstance(content['model'], InertObject)
    assert not (tmp_path / 'made').exists()
    with trusted_checkpoints():
        load_inert(tmp_path / 'a.pt')
    assert (tmp_path / 'made').is_dir()


def test_real_modules_are_walked_alike(net, tmp_path):
    torch.save({'model': net}, tmp_path / 'a.pt')
    with trusted_checkpoints():
        model = load_inert(tmp_path / 'a.pt')['model']
    assert isinstance(model, nn.Sequential)
    assert [key for key, _ in module_tensors(model)] == list(net.state_dict())


def test_files_that_are_no_torch_zip_are_one_line(net, tmp_path):
    path = tmp_path / 'a.pt'
    path.write_bytes(pickle.dumps({'a': 1}))
    with pytest.raises(InputValueError, match=r'a.pt: expected a checkpoint in the zip form'):
        load_inert(path)
    torch.save({'model': net}, path)
    data = bytearray(path.read_bytes())
    start = data.index(b'torch.nn.modules')
    data[start - 1 : start + 30] = b'\xff' * 31
    path.write_bytes(data)
    with pytest.raises(InputValueError, match=r'a.pt: cannot be read as a checkpoint'):
        load_inert(path)
