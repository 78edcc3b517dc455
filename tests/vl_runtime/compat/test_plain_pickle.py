import collections
import os
import pickle

import pytest

from vl_runtime.compat.plain_pickle import read_plain_pickle
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_of_every_protocol_is_read(tmp_path, protocol):
    data = [{'a': (1, 2.5, None, True), 'b': 'zwölf', 'c': {1: 'x'}}]
    (tmp_path / 'd.p').write_bytes(pickle.dumps(data, protocol))
    assert read_plain_pickle(tmp_path / 'd.p') == data


def test_texts_of_python_2_are_utf_8(tmp_path):
    (tmp_path / 'd.p').write_bytes(b"(lp0\nS'caf\\xc3\\xa9'\np1\na.")
    assert read_plain_pickle(tmp_path / 'd.p') == ['café']


class Command:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_code_is_refused_before_it_runs(tmp_path, protocol):
    (tmp_path / 'd.p').write_bytes(pickle.dumps([Command(tmp_path / 'made')], protocol))
    with pytest.raises(InputValueError, match=r'd\.p: refused, because it holds \w+\.mkdir'):
        read_plain_pickle(tmp_path / 'd.p')
    assert not (tmp_path / 'made').exists()


def test_even_harmless_classes_are_refused(tmp_path):
    (tmp_path / 'd.p').write_bytes(pickle.dumps(collections.OrderedDict(a=1)))
    with pytest.raises(InputValueError, match=r'holds collections\.OrderedDict, which is not pl'):
        read_plain_pickle(tmp_path / 'd.p')


@pytest.mark.parametrize('cut', [0, 1, 20, 60])
def test_damaged_and_foreign_files_are_named(tmp_path, cut):
    path = tmp_path / 'd.p'
    path.write_bytes(pickle.dumps([{'key': list(range(100))}])[:cut])
    with pytest.raises(InputValueError, match=rf'not a complete pickle \({cut} bytes\)'):
        read_plain_pickle(path)
    path.write_text('{"a": 1}')
    with pytest.raises(InputValueError, match='not a complete pickle'):
        read_plain_pickle(path)
    with pytest.raises(InputFileNotFoundError, match=r'none\.p: no such file'):
        read_plain_pickle(tmp_path / 'none.p')
