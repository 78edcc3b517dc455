"""Shared by the tests of decoding: tiny models that answer something."""

from collections.abc import Callable

import pytest

from tests.vlm_detector.decoding.tiny_requests import Opened, wake_up
from vlm_detector.codecs import codec_of
from vlm_detector.families import family_of


@pytest.fixture(scope='session')
def opened(tiny_folder) -> Callable[[str], Opened]:
    """``opened(family)``: model, encoder and codec, opened once."""
    known: dict[str, Opened] = {}

    def open_family(name: str) -> Opened:
        if name not in known:
            family, folder = family_of(name), str(tiny_folder(name))
            known[name] = Opened(
                wake_up(family.load_model(folder), seed=1),
                family.load_encoder(folder),
                codec_of(family.codec_name),
            )
        return known[name]

    return open_family
