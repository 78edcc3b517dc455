"""Shared by the tests of vlm_detector: small genuine vision-language models."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope='session')
def tiny_folder(tmp_path_factory) -> Callable[..., Path]:
    """``tiny_folder(family, size='test')``: a folder, written once; don't change it."""
    from vlm_detector.families.tiny import save_tiny_model

    written: dict[tuple[str, str], Path] = {}

    def folder_of(family: str, size: str = 'test') -> Path:
        if (family, size) not in written:
            folder = tmp_path_factory.mktemp('tiny') / f'{family}_{size}'
            written[family, size] = save_tiny_model(family, folder, size=size)
        return written[family, size]

    return folder_of
