"""Find a model: a local folder, the offline cache of the hub, or the hub itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl_runtime.compat.optional import require
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders.model_location import first_line, hub_trouble

INSTALL = "pip install 'mmground[vlm]'"
_WEIGHTS = ('model.safetensors', 'pytorch_model.bin')
_TOKENIZER = ('tokenizer.json',)
# transformers 5 writes one file, older releases wrote two.
_PROCESSOR = ('processor_config.json', 'preprocessor_config.json')
_DOWNLOADED = ('*.json', '*.safetensors', '*.jinja', '*.txt')
_WAYS_OUT = (
    'Ways out: set model_root to a local folder that holds config.json, the weights, '
    'tokenizer.json and the processor files; or download it where there is a network ("hf download '
    '{name}"), copy the hub cache here and point HF_HOME at it (HF_HUB_OFFLINE=1 then skips the '
    'network).'
)


@dataclass(frozen=True)
class ModelSource:
    """A complete model folder.

    Attributes:
        name: what the user wrote: a folder or a hub name.
        folder: where the files are.
        revision: commit of the hub's files, None for a folder of the user's.
    """

    name: str
    folder: str
    revision: str | None = None


def locate_source(source: str | ModelSource, revision: str | None = None) -> ModelSource:
    """Find ``source``; only a hub name that is not complete in the cache uses the network.

    Args:
        source: a folder, a hub name ('Qwen/Qwen3-VL-2B-Instruct'), or what this function gave.
        revision: branch, tag or commit on the hub.

    Raises:
        InputFileNotFoundError: no such folder, a file of it is missing, or the model is not in
            the cache and the hub can't be reached.
        InputValueError: neither a folder nor the form of a hub name; or an adapter's folder.
    """
    if isinstance(source, ModelSource):
        return source
    name = str(source).rstrip('/') or '/'
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if name.startswith(('.', '/', '~')) or name.count('/') > 1:
            raise InputFileNotFoundError(f'model {name!r}: no such folder ({folder}).')
        return _on_hub(name, revision)
    require_complete(folder)
    return ModelSource(name, str(folder))


def require_complete(folder: Path) -> None:
    """Raise unless the folder holds a model: config, every weight file, tokenizer, processor.

    Raises:
        InputFileNotFoundError: names the file that is missing.
        InputValueError: this is the folder of an adapter.
    """
    missing = missing_file(folder)
    if missing == 'config.json' and (folder / 'adapter_config.json').is_file():
        raise InputValueError(
            f'{folder}: expected a model folder, found an adapter (adapter_config.json); name its '
            'base model here and give the adapter as the checkpoint.'
        )
    if missing:
        raise InputFileNotFoundError(f'model folder {folder}: {missing} is missing.')


def missing_file(folder: Path) -> str:
    """The first file that a model folder lacks, or ''."""
    if not (folder / 'config.json').is_file():
        return 'config.json'
    for index_name in (f'{name}.index.json' for name in ('model.safetensors', 'pytorch_model.bin')):
        index = folder / index_name
        if index.is_file():
            shards = sorted(set(read_json(index).get('weight_map', {}).values()))
            absent = [shard for shard in shards if not (folder / shard).is_file()]
            if absent:
                return f'{absent[0]} (named by {index_name}, {len(absent)} of {len(shards)} files)'
            break
    else:
        if not any((folder / name).is_file() for name in _WEIGHTS):
            return ' or '.join(_WEIGHTS)
    for choice in (_TOKENIZER, _PROCESSOR):
        if not any((folder / name).is_file() for name in choice):
            return ' or '.join(choice)
    return ''


def require_family(located: ModelSource, model_type: str) -> dict[str, Any]:
    """The content of config.json.

    Raises:
        InputValueError: a model of another family.
    """
    path = Path(located.folder) / 'config.json'
    config = read_json(path)
    found = config.get('model_type') if isinstance(config, dict) else None
    if found != model_type:
        raise InputValueError(
            f'{path}: expected model_type {model_type!r}, found {found!r}; set model.family to '
            'the family of this model, or model_root to a model of this family.'
        )
    return config


def read_optional_json(located: ModelSource, file: str) -> dict[str, Any]:
    """A JSON file of the folder, {} when it is not there."""
    path = Path(located.folder) / file
    return json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}


def _on_hub(name: str, revision: str | None) -> ModelSource:
    hub = require('huggingface_hub', 'Loading a model from the hub', INSTALL)
    cache = hub.constants.HF_HUB_CACHE
    try:
        cached = hub.try_to_load_from_cache(name, 'config.json', cache_dir=cache, revision=revision)
    except ValueError as error:  # the hub client refuses the form of the name
        raise InputValueError(
            f'model {name!r}: neither a folder nor a hub name: {first_line(error)}'
        ) from error
    if isinstance(cached, str):
        folder = Path(cached).parent
        absent = missing_file(folder)
        if not absent:
            return ModelSource(name, str(folder), folder.name)
        in_cache = f'not complete in the offline cache ({folder} lacks {absent})'
    else:
        in_cache = f'not in the offline cache ({cache})'
    reason = hub_trouble(hub.constants)
    if reason:
        raise InputFileNotFoundError(
            f'model {name!r}: no such local folder, {in_cache}, and {reason}. '
            + _WAYS_OUT.format(name=name)
        )
    return _download(hub, name, revision)


def _download(hub, name: str, revision: str | None) -> ModelSource:
    try:
        folder = Path(
            hub.snapshot_download(name, revision=revision, allow_patterns=list(_DOWNLOADED))
        )
    except (OSError, ValueError) as error:  # the hub's errors are OSErrors
        raise InputFileNotFoundError(
            f'model {name!r}: cannot be downloaded: {first_line(error)} '
            + _WAYS_OUT.format(name=name)
        ) from error
    require_complete(folder)
    return ModelSource(name, str(folder), folder.name)
