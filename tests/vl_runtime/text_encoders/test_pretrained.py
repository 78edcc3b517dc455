import shutil
import subprocess
import sys

import pytest
from safetensors.torch import load_file, save_file

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone
from vl_runtime.text_encoders.model_location import ModelLocation
from vl_runtime.text_encoders.pretrained import load_config


@pytest.fixture
def folder(tiny_clip_folder, tmp_path):
    shutil.copytree(tiny_clip_folder, tmp_path / 'model')
    return tmp_path / 'model'


def test_the_encoders_can_be_imported_without_transformers(repository):
    script = (
        'import sys; sys.modules["transformers"] = None; import vl_runtime.text_encoders; '
        'from vl_runtime.text_encoders.pretrained import import_transformers; '
        'import_transformers()'
    )
    job = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, cwd=repository / 'projects'
    )

    last = job.stderr.strip().splitlines()[-1]
    assert "A text encoder needs the package 'transformers'" in last
    assert 'pip install transformers' in last


def test_loading_is_silent(folder, capfd):
    HuggingCLIPLanguageBackbone(str(folder))

    assert capfd.readouterr() == ('', '')


def test_weights_that_lack_parameters_are_refused(folder):
    weights = load_file(folder / 'model.safetensors')
    del weights['text_projection.weight']
    save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})

    with pytest.raises(
        InputValueError,
        match=r'not those of a CLIPTextModelWithProjection: 1 parameters are missing, the first '
        r"is 'text_projection.weight'",
    ):
        HuggingCLIPLanguageBackbone(str(folder))


def test_weights_of_another_shape_are_refused(folder):
    config = (folder / 'config.json').read_text()
    (folder / 'config.json').write_text(
        config.replace('"projection_dim": 12', '"projection_dim": 8')
    )

    with pytest.raises(InputValueError, match='weights cannot be used') as error:
        HuggingCLIPLanguageBackbone(str(folder))
    assert '\n' not in str(error.value)


def test_weights_cut_in_half_are_refused(folder):
    whole = (folder / 'model.safetensors').read_bytes()
    (folder / 'model.safetensors').write_bytes(whole[: len(whole) // 2])

    with pytest.raises(
        (InputValueError, InputFileNotFoundError), match='weights cannot be'
    ) as error:
        HuggingCLIPLanguageBackbone(str(folder))
    assert '\n' not in str(error.value)


def test_a_config_that_is_not_json_is_refused(folder):
    (folder / 'config.json').write_text('{"model_type": ')

    with pytest.raises((InputValueError, InputFileNotFoundError), match=r'config\.json cannot be'):
        HuggingCLIPLanguageBackbone(str(folder))


def test_a_damaged_tokenizer_is_refused(folder):
    (folder / 'vocab.json').write_text('{"a": ')

    with pytest.raises((InputValueError, InputFileNotFoundError), match='tokenizer cannot be'):
        HuggingCLIPLanguageBackbone(str(folder))


def test_a_hub_model_that_cannot_be_had_ends_with_the_ways_out(tmp_path):
    location = ModelLocation('a/b', str(tmp_path / 'none' / 'at' / 'all'), local_files_only=False)

    with pytest.raises((InputValueError, InputFileNotFoundError), match=r"'a/b': config\.json"):
        load_config(location, 'AutoConfig')
