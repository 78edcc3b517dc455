"""The tool that embeds pictures, as a user starts it."""

import json
import sys

import cv2
import numpy as np

from tests.tool_process import run as run_process
from tests.vl_runtime.conftest import tiny_clip_folder  # noqa: F401
from tests.vl_runtime.image_encoders.conftest import whole_clip_folder  # noqa: F401


def run(repository, *arguments):
    command = [sys.executable, str(repository / 'tools' / 'generate_image_prompts.py'), *arguments]
    return run_process(command)


def test_published_arguments_write_the_prompts(repository, tmp_path, whole_clip_folder):  # noqa: F811
    (tmp_path / 'in').mkdir()
    cv2.imwrite(str(tmp_path / 'in' / 'cup.png'), np.full((40, 50, 3), 90, np.uint8))
    flags = ['--model', str(whole_clip_folder), '--image-dir', str(tmp_path / 'in')]
    flags += ['--out-dir', str(tmp_path / 'out'), '--out-file', 'cups.npy', '--device', 'cpu']

    done = run(repository, *flags)

    assert done.returncode == 0, done.stderr
    assert '2 prompts of width 12' in done.stdout
    assert np.load(tmp_path / 'out' / 'cups.npy').shape == (2, 12)
    assert json.loads((tmp_path / 'out' / 'cups.json').read_text()) == ['cup', ' ']


def test_a_mistake_is_one_line(repository, tmp_path):
    done = run(
        repository, '--model', './nowhere', '--image-dir', str(tmp_path), '--out-file', 'p.npy'
    )

    assert done.returncode == 1
    assert done.stderr.startswith("error: image encoder './nowhere': no such folder")
    assert len(done.stderr.strip().splitlines()) == 1
