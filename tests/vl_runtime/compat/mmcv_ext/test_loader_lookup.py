"""`pkgutil.find_loader` and its user in mmengine."""

import pkgutil

import torch
from mmcv.utils.ext_loader import check_ops_exist
from mmengine.model import revert_sync_batchnorm
from mmengine.utils.dl_utils.misc import mmcv_full_available

from vl_runtime.compat.mmcv_ext.loader_lookup import restore_find_loader


def test_python_without_find_loader_gets_one(monkeypatch):
    monkeypatch.delattr(pkgutil, 'find_loader', raising=False)

    restore_find_loader()

    assert pkgutil.find_loader('json') is not None
    assert pkgutil.find_loader('no_such_module') is None
    assert mmcv_full_available()
    assert check_ops_exist()


def test_an_existing_find_loader_stays(monkeypatch):
    own = object()
    monkeypatch.setattr(pkgutil, 'find_loader', own, raising=False)

    restore_find_loader()

    assert pkgutil.find_loader is own


def test_sync_batchnorm_can_be_reverted():
    model = torch.nn.Sequential(torch.nn.SyncBatchNorm(3))

    reverted = revert_sync_batchnorm(model)

    assert not isinstance(reverted[0], torch.nn.SyncBatchNorm)
    assert reverted(torch.ones(2, 3, 1, 1)).shape == (2, 3, 1, 1)
