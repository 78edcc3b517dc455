import json
import sys

import pytest

from tests.composed_retrieval.conftest import NAMES, cirr_root  # noqa: F401  (a fixture)
from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, tmp_path):
    def run(*arguments):
        tool = repository / 'tools/generate_boxes.py'
        return run_process([sys.executable, tool, *arguments], cwd=tmp_path)

    return run


def test_a_split_by_a_config_and_an_image_that_fails(run, tmp_path, cirr_root):  # noqa: F811
    config = tmp_path / 'data.py'
    config.write_text("cirr = dict(type='CIRRDataset', data_root='elsewhere', split='train')")
    arguments = (config, '--split', 'val', '--method', 'saliency', '--cfg-options')
    root = f'cirr.data_root={cirr_root}'
    (cirr_root / 'dev' / f'{NAMES[7]}.png').unlink()
    result = run(*arguments, root)

    out = tmp_path / 'work_dirs/cir_boxes/CIRR_saliency_val.json'
    assert list(json.loads(out.read_text())) == list(NAMES)
    assert 'of 8 images: work_dirs/cir_boxes/CIRR_saliency_val.json' in result.stdout
    assert f'error: {cirr_root}/dev/{NAMES[7]}.png: no such image' in result.stderr
    assert result.returncode == 1 and '1 images failed' in result.stderr
    assert run(*arguments, root, '--max-fail', '1').returncode == 0


def test_a_mistake_is_one_line(run):
    result = run('--method', 'saliency')
    assert result.returncode == 1
    assert 'error: expected DATASET_CONFIG or --images DIR, found neither' in result.stderr
    assert 'Traceback' not in result.stderr
