"""Every benchmark does its work at a small size; what it measures is not looked at."""

import importlib
import subprocess
import sys

import pytest

SCRIPTS = ('cpu_precision', 'data_pipeline', 'nms', 'post_processing', 'text_cache')


@pytest.fixture
def script(repository, monkeypatch):
    """script(name): the benchmark as a module."""
    monkeypatch.syspath_prepend(str(repository / 'benchmarks'))
    return importlib.import_module


def test_there_are_no_others(repository):
    found = {path.stem for path in (repository / 'benchmarks').glob('[!_]*.py')}
    assert found == set(SCRIPTS)


@pytest.mark.parametrize('name', SCRIPTS)
def test_help_comes_before_torch_is_loaded(repository, name):
    path = repository / 'benchmarks' / f'{name}.py'
    done = subprocess.run(
        [sys.executable, '-X', 'importtime', path, '--help'], capture_output=True, text=True
    )
    assert done.returncode == 0 and '--rounds' in done.stdout
    assert 'argparse' in done.stderr and 'torch' not in done.stderr


def test_interleaved_takes_turns_after_a_call_of_each(script):
    calls = []
    seconds_a, seconds_b, ratio = script('_interleave').interleaved(
        lambda: calls.append('a'), lambda: calls.append('b'), rounds=3
    )
    assert ''.join(calls) == 'abababab'
    assert min(seconds_a, seconds_b, ratio) > 0


def test_data_pipeline(script):
    result = script('data_pipeline').measure(num_texts=90, num_images=3, size=64, rounds=1)
    assert min(result) > 0


def test_text_cache(script):
    module = script('text_cache')
    assert min(module.measure_encoding(num_texts=3, rounds=1)) > 0
    assert min(module.measure_step(num_texts=3, batch_size=2, image_size=64, rounds=1)) > 0


def test_cpu_precision(script):
    module = script('cpu_precision')
    assert min(module.measure(batch_size=2, image_size=64, rounds=1)) > 0
    assert module.instructions()


@pytest.mark.parametrize('case', ['usual', 'saturated'])
def test_post_processing(script, case):
    result = script('post_processing').measure(case, num_classes=30, image_size=64, rounds=1)
    assert min(result) > 0


def test_nms(script):
    assert min(script('nms').measure(num_boxes=50, rounds=1)) > 0
