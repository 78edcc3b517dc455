"""Small data sets in the published forms, with real pictures, and golden arrays."""

import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger

import composed_retrieval  # noqa: F401  (registers)
from tests.composed_retrieval.tiny_retriever import (  # noqa: F401  (fixtures)
    pair_batch,
    tiny_config,
    tiny_model,
)

NAMES = tuple(f'dev-{number}-0-img{number % 2}' for number in range(8))


def write_json(path: Path, content) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def write_picture(path: Path, seed: int = 0, size_wh=(48, 36)) -> None:
    """A bright rectangle on a dark ground."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((size_wh[1], size_wh[0], 3), 30, np.uint8)
    left = 4 + seed % 5
    cv2.rectangle(image, (left, 8), (left + 18, 26), (60, 200, 40 * (seed % 6)), -1)
    cv2.imwrite(str(path), image)


def cirr_entry(pairid, reference, target, members):
    entry = {
        'pairid': pairid,
        'reference': reference,
        'caption': 'Show two dogs on the grass.',
        'img_set': {'id': 1, 'members': list(members), 'reference_rank': 0, 'target_rank': 1},
    }
    if target is not None:
        entry |= {'target_hard': target, 'target_soft': {target: 1.0}}
    return entry


@pytest.fixture
def cirr_root(tmp_path) -> Path:
    """CIRR: eight pictures in dev/, three pairs in val, two queries in test1."""
    root = tmp_path / 'cirr_root'
    for seed, name in enumerate(NAMES):
        for folder in ('dev', 'test1'):
            write_picture(root / folder / f'{name}.png', seed)
    for split, folder in (('val', 'dev'), ('test1', 'test1')):
        paths = {name: f'./{folder}/{name}.png' for name in NAMES}
        write_json(root / f'cirr/image_splits/split.rc2.{split}.json', paths)
    pairs = [(7, 0, 1), (9, 2, 3), (12, 3, 0)]
    val = [cirr_entry(p, NAMES[r], NAMES[t], NAMES[:6]) for p, r, t in pairs]
    write_json(root / 'cirr/captions/cap.rc2.val.json', val)
    test = [cirr_entry(p, NAMES[r], None, NAMES[2:]) for p, r, _ in pairs[1:]]
    write_json(root / 'cirr/captions/cap.rc2.test1.json', test)
    return root


@pytest.fixture
def golden_case(golden):
    """``golden_case(name)``: arrays of a reference file of composed retrieval."""

    def load(name: str) -> dict[str, np.ndarray]:
        with np.load(golden / 'composed_retrieval' / f'{name}.npz', allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}

    return load


@pytest.fixture
def log_lines() -> list[str]:
    """Messages that mmengine's logger gets while a test runs."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)
