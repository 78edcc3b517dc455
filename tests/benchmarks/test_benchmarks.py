"""Every benchmark does its work at a small size; what it measures is not looked at."""

import importlib
import subprocess
import sys

import pytest

SCRIPTS = (
    'cpu_precision',
    'data_pipeline',
    'fast_inference',
    'network_speed',
    'nms',
    'post_processing',
    'retrieval_scoring',
    'text_cache',
    'training_step',
    'vlm_decoding',
)
TINY_CLIP = dict(hidden_size=16, intermediate_size=16, num_attention_heads=2, num_hidden_layers=1)


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


def test_in_turns_compares_all_with_the_first(script):
    calls = []
    result = script('_interleave').in_turns(
        {name: lambda name=name: calls.append(name) for name in 'abc'}, rounds=2
    )
    assert ''.join(calls) == 'abcabcabc'
    assert list(result) == ['a', 'b', 'c'] and result['a'][1] == 1


def test_both_sides_have_the_same_backbone_and_differ_by_the_attention_blocks(script):
    models = script('_models')
    yolov8 = models.build(models.yolov8_config('n'))
    world = models.build(models.yolo_world_config('n'))

    assert shapes(world.backbone.image_model) == shapes(yolov8.backbone)
    extra = shapes(world.neck).keys() - shapes(yolov8.neck).keys()
    assert extra and all('attn_block' in key for key in extra)


def shapes(module):
    return {key: value.shape for key, value in module.state_dict().items()}


def test_network_speed(script):
    module = script('network_speed')
    result = module.measure_networks('n', size=64, rounds=1)
    assert list(result)[1:] == list(module.BARS)
    assert all(seconds > 0 for seconds, _ in result.values())


def test_network_speed_parts(script, monkeypatch):
    module = script('network_speed')
    monkeypatch.setattr(module, 'CLIP', TINY_CLIP)
    result = module.measure_parts('n', size=64, num_texts=3, rounds=1)
    assert set(result) == {'network', 'post-processing', 'text encoder'}


def test_training_step(script):
    result = script('training_step').measure('n', 64, batch_size=2, rounds=1, **TINY_CLIP)
    assert all(seconds > 0 for seconds, _ in result.values())


def test_fast_inference(script):
    yolov8, world = script('fast_inference').measure('n', 64, rounds=1, with_compile=False)
    assert list(yolov8) == list(world) == ['as built', 'fused', 'fused, channels-last']


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


def test_retrieval_scoring(script):
    module = script('retrieval_scoring')
    assert min(module.measure(3, num_images=60, num_tokens=4, width=8, rounds=1)) > 0
    assert module.peak_memory(3, num_images=60, num_tokens=4, width=8) > 0


def test_generation_is_timed_after_equal_answers(script, tmp_path):
    from argparse import Namespace

    args = Namespace(family='qwen3_vl', size='test', images=2, batch_size=2, boxes=1, rounds=1)
    timings, num_tokens = script('vlm_decoding').measure(args, tmp_path / 'model')
    assert list(timings) == [
        'naive loop',
        'batched',
        'batched + grammar',
        'batched + grammar + jump-forward',
    ]
    assert 20 < num_tokens < 60
    assert all(seconds > 0 and ratio > 0 for seconds, ratio in timings.values())
