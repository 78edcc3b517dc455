"""A folder appears when it is complete."""

import pytest

from vl_runtime.errors import InputPermissionError
from vlm_detector.export.atomic_folder import atomic_folder


def test_a_failure_leaves_the_old_folder(tmp_path):
    folder = tmp_path / 'out'
    folder.mkdir()
    (folder / 'old').write_text('old')
    with pytest.raises(KeyError), atomic_folder(folder) as target:
        (target / 'new').write_text('new')
        raise KeyError
    assert [path.name for path in folder.iterdir()] == ['old']
    assert [path.name for path in tmp_path.iterdir()] == ['out']


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / 'file').write_text('')
    with (
        pytest.raises(InputPermissionError, match=r'file/out: cannot write here \(.*\); choose'),
        atomic_folder(tmp_path / 'file' / 'out'),
    ):
        pass
