"""Model folders, the offline cache, and what is said when a model is not there."""

import json
import shutil
import time

import huggingface_hub
import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vlm_detector.families import FAMILIES, cached_encoder
from vlm_detector.families.model_source import locate_source

QWEN3 = FAMILIES['qwen3_vl']


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder('qwen3_vl'), tmp_path / 'model')


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """An empty cache, and a hub at an address where nobody listens."""
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', False)
    monkeypatch.setattr(huggingface_hub.constants, 'ENDPOINT', 'http://127.0.0.1:9')
    return tmp_path / 'hub'


def fill_cache(hub_cache, folder, commit='0123456789abcdef0123456789abcdef01234567'):
    """The layout that the hub's client writes."""
    repository = hub_cache / 'models--some--model'
    shutil.copytree(folder, repository / 'snapshots' / commit)
    (repository / 'refs').mkdir()
    (repository / 'refs' / 'main').write_text(commit)
    return commit


@pytest.mark.parametrize(
    ('file', 'named'),
    [
        ('config.json', r'config\.json'),
        ('model.safetensors', r'model\.safetensors or pytorch_model\.bin'),
        ('tokenizer.json', r'tokenizer\.json'),
        ('processor_config.json', r'processor_config\.json or preprocessor_config\.json'),
    ],
)
def test_an_incomplete_folder_names_the_missing_file(folder, file, named):
    (folder / file).unlink()
    with pytest.raises(InputFileNotFoundError, match=rf'model folder .*model: {named} is missing'):
        locate_source(str(folder))


def test_a_missing_shard_is_named(folder):
    (folder / 'model.safetensors').rename(folder / 'model-00001-of-00002.safetensors')
    shards = {'a': 'model-00001-of-00002.safetensors', 'b': 'model-00002-of-00002.safetensors'}
    (folder / 'model.safetensors.index.json').write_text(json.dumps({'weight_map': shards}))
    with pytest.raises(
        InputFileNotFoundError,
        match=r'model-00002-of-00002\.safetensors \(named by .*index\.json, 1 of 2 files\) is miss',
    ):
        locate_source(str(folder))


def test_a_folder_that_is_not_there_is_not_looked_up(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r"model '.*nowhere': no such folder"):
        locate_source(str(tmp_path / 'nowhere'))


def test_an_adapter_is_no_model(folder):
    (folder / 'config.json').unlink()
    (folder / 'adapter_config.json').write_text('{}')
    with pytest.raises(InputValueError, match=r'found an adapter .*; name its base model here'):
        locate_source(str(folder))


def test_a_name_of_no_form_is_refused():
    with pytest.raises(InputValueError, match=r"model 'a b': neither a folder nor a hub name"):
        locate_source('a b')


def test_offline_says_what_was_looked_for_and_what_to_do_at_once(hub_cache, monkeypatch):
    start = time.monotonic()
    with pytest.raises(
        InputFileNotFoundError,
        match=r"model 'some/model': no such local folder, not in the offline cache \(.*hub\), and "
        r'http://127\.0\.0\.1:9 cannot be reached .* Ways out: set model_root to .*hf download '
        r'some/model',
    ):
        locate_source('some/model')
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', True)
    with pytest.raises(InputFileNotFoundError, match=r'and HF_HUB_OFFLINE is set\. Ways out'):
        locate_source('some/model')
    assert time.monotonic() - start < 10


def test_a_complete_cache_is_used_without_network(hub_cache, folder):
    commit = fill_cache(hub_cache, folder)
    located = locate_source('some/model')
    assert (located.name, located.revision) == ('some/model', commit)
    assert located.folder.endswith(commit)
    assert QWEN3.load_model('some/model').config.model_type == 'qwen3_vl'


def test_an_incomplete_cache_says_so(hub_cache, folder):
    (folder / 'tokenizer.json').unlink()
    fill_cache(hub_cache, folder)
    with pytest.raises(
        InputFileNotFoundError,
        match=r'not complete in the offline cache \(.* lacks tokenizer\.json\), and',
    ):
        locate_source('some/model')


def test_another_family_is_named(tiny_folder):
    with pytest.raises(
        InputValueError,
        match=r"config\.json: expected model_type 'qwen3_vl', found 'qwen2_5_vl'; set model\.fam",
    ):
        QWEN3.load_model(str(tiny_folder('qwen2_5_vl')))


def test_a_tokenizer_without_the_tokens_is_refused(tiny_folder, folder):
    florence = tiny_folder('florence2')
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        shutil.copy(florence / name, folder / name)
    with pytest.raises(
        InputValueError,
        match=r'found 6 of 6 missing: <\|endoftext\|>, <\|im_start\|>, .*; use the tokenizer',
    ):
        cached_encoder('qwen3_vl', str(folder))


def test_damaged_weights_are_one_line(folder):
    (folder / 'model.safetensors').write_bytes(b'12345678')
    with pytest.raises(InputValueError, match=r'model .*: the model cannot be loaded from') as info:
        QWEN3.load_model(str(folder))
    assert '\n' not in str(info.value)


def test_a_damaged_tokenizer_is_one_line(folder):
    (folder / 'tokenizer.json').write_text('{}')
    with pytest.raises(InputValueError, match=r'the processor cannot be loaded from') as info:
        cached_encoder('qwen3_vl', str(folder))
    assert '\n' not in str(info.value)


def test_weights_that_lack_parameters_are_refused(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / 'model.safetensors')
    name = next(key for key in weights if 'q_proj' in key)
    del weights[name]
    save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})
    with pytest.raises(InputValueError, match=r'1 parameters of Qwen3VL.* are missing .*q_proj'):
        QWEN3.load_model(str(folder))


def test_an_unknown_precision_is_refused(tiny_folder):
    with pytest.raises(InputValueError, match=r"model\.dtype: expected one of .*, found 'int3'"):
        QWEN3.load_model(str(tiny_folder('qwen3_vl')), dtype='int3')


def test_precision_and_attention_are_those_that_were_asked_for(tiny_folder):
    model = QWEN3.load_model(
        str(tiny_folder('qwen3_vl')), dtype='bfloat16', attn_implementation='eager'
    )
    assert str(model.dtype) == 'torch.bfloat16'
    assert model.config._attn_implementation == 'eager'


def test_attention_that_cannot_run_is_one_line(tiny_folder):
    with pytest.raises(InputValueError, match=r'the model cannot be loaded') as info:
        QWEN3.load_model(str(tiny_folder('qwen3_vl')), attn_implementation='flex_attention')
    assert '\n' not in str(info.value)
