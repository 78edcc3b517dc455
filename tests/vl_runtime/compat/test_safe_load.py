import io
import os
import pickle

import pytest
import torch

from vl_runtime.compat import safe_load as subject
from vl_runtime.errors import InputValueError


class _Command:
    """Unpickling this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.system, (f'touch {self.path}',))


@pytest.fixture
def loaded_marker(tmp_path):
    return tmp_path / 'code_ran'


@pytest.mark.parametrize('form', ['zip', 'legacy', 'pickle'])
def test_a_checkpoint_that_carries_code_is_refused_by_the_name_of_its_type(
    tmp_path, loaded_marker, form
):
    path = tmp_path / 'evil.pth'
    content = {'state_dict': {}, 'extra': _Command(loaded_marker)}
    if form == 'pickle':
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == 'zip')

    with pytest.raises(InputValueError, match=r'evil\.pth: refused.*posix\.system.*--trust-check'):
        subject.safe_load(path, 'cpu', str(path))
    assert not loaded_marker.exists()


def test_the_opt_in_opens_an_own_file_and_ends_with_its_block(tmp_path, loaded_marker):
    path = tmp_path / 'mine.pth'
    torch.save({'extra': _Command(loaded_marker)}, path)

    with subject.trusted_checkpoints():
        subject.safe_load(path, 'cpu', str(path))

    assert loaded_marker.exists()
    with pytest.raises(InputValueError, match='refused'):
        subject.safe_load(path, 'cpu', str(path))


def test_a_flag_that_is_not_set_trusts_nothing():
    with subject.trusted_checkpoints(False):
        assert not subject.is_trusted()


def test_the_environment_variable_opts_in(monkeypatch):
    monkeypatch.setenv('MMGROUND_TRUST_CHECKPOINT', '1')
    assert subject.is_trusted()


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_named_with_its_size(tmp_path, share, zipped):
    whole = tmp_path / 'whole.pth'
    torch.save({'a': torch.zeros(3000)}, whole, _use_new_zipfile_serialization=zipped)
    path = tmp_path / 'cut.pth'
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])

    expected = rf'cut\.pth: not a complete checkpoint \({path.stat().st_size} bytes\)'
    with pytest.raises(InputValueError, match=expected):
        subject.safe_load(path, 'cpu', str(path))


@pytest.mark.parametrize('text', ['<!DOCTYPE html>\n<html>', 'hello there\n', '\x00\x01'])
def test_a_file_of_another_kind_is_named(tmp_path, text):
    path = tmp_path / 'page.pth'
    path.write_text(text)
    with pytest.raises(InputValueError, match=r'page\.pth: not a complete checkpoint'):
        subject.safe_load(path, 'cpu', str(path))


def test_text_that_the_framework_would_execute_is_dropped():
    buffer = io.BytesIO()
    torch.save({'meta': {'config': 'raise SystemExit', 'cfg': 'a = 1'}}, buffer)
    buffer.seek(0)
    assert subject.safe_load(buffer, 'cpu', 'buffer')['meta'] == {'cfg': 'a = 1'}
