"""Shared by all tests: the stack fixes are active, scopes are clean, seeds are fixed."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

REPOSITORY = Path(__file__).resolve().parents[1]
GOLDEN = REPOSITORY / 'tests' / 'data' / 'golden'


@pytest.fixture(autouse=True)
def _seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope='session')
def repository_root() -> Path:
    """The checkout's root folder, for fixtures that live longer than a test."""
    return REPOSITORY


@pytest.fixture
def repository() -> Path:
    """The checkout's root folder."""
    return REPOSITORY


@pytest.fixture
def golden() -> Path:
    """Folder of reference outputs (plain arrays and JSON)."""
    return GOLDEN


@pytest.fixture(autouse=True)
def _own_embedding_cache(tmp_path, monkeypatch):
    """No test reads embeddings that another one, or the user, left behind."""
    monkeypatch.setenv('MMGROUND_CACHE', str(tmp_path / 'mmground_cache'))


@pytest.fixture
def predictor_recipe(repository, monkeypatch):
    """The path of a recipe whose detector answers squares that a test can work out."""
    folder = repository / 'tests' / 'data' / 'predictor'
    monkeypatch.syspath_prepend(str(folder))
    return folder / 'recipe.py'


@pytest.fixture(autouse=True)
def _no_left_over_scope():
    """A runner leaves its default scope behind; the next test starts without one."""
    yield
    DefaultScope._instance_dict.clear()
