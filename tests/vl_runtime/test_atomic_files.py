import resource

import pytest
import torch

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputPermissionError


def test_a_checkpoint_that_does_not_fit_is_one_line_and_leaves_the_older_one(tmp_path):
    path = tmp_path / 'a.pth'
    path.write_text('older')
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
        with (
            pytest.raises(InputPermissionError, match=r'a\.pth: writing failed'),
            atomic_path(path) as new,
        ):
            torch.save(torch.rand(100_000), new)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [file.name for file in tmp_path.iterdir()] == ['a.pth']
    assert path.read_text() == 'older'
