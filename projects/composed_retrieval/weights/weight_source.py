"""Read the weights of a retrieval model: a file, a folder, the offline cache or the hub."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.runner import CheckpointLoader
from torch import Tensor

from composed_retrieval.weights.lavis_layout import RetrieverWeights, from_lavis, is_lavis_layout
from vl_runtime import compat
from vl_runtime.compat.checkpoint_loader import require_file
from vl_runtime.compat.optional import require
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders.model_location import first_line, hub_trouble

_INSTALL = 'pip install transformers'
_FILES = ('model.safetensors', 'pytorch_model.bin')
_NESTED = ('state_dict', 'model')  # of mmengine and LAVIS; SPRC has the name of its class
_POSITIONS = '.position_ids'


def read_weights(source: str) -> RetrieverWeights:
    """Weights under our names, of any layout that is known.

    Args:
        source: a ``.safetensors`` or torch file, a folder of transformers, or a hub name.

    Raises:
        InputFileNotFoundError: nothing there; or not in the cache, and no hub.
        InputValueError: no weights in it, or a damaged file.
    """
    weights = _without_wrapper(_read(source))
    if is_lavis_layout(weights):
        return from_lavis(weights, source)
    result = RetrieverWeights('MMGround or transformers layout')
    for key, value in weights.items():
        if key.endswith(_POSITIONS):
            result.leave_out('a table of numbers 0, 1, 2, ...', key)
        else:
            result.state_dict[key] = value
    return result


def _read(source: str) -> Mapping[str, Tensor]:
    path = Path(source).expanduser()
    if path.is_dir():
        return _read_folder(path)
    looks_like_file = path.suffix in ('.pth', '.pt', '.bin', '.safetensors')
    if path.is_file() or looks_like_file or source.startswith(('.', '/', '~')):
        require_file(path)
        return _read_file(path)
    return _read_folder(_hub_folder(source))


def _read_folder(folder: Path) -> Mapping[str, Tensor]:
    for name in _FILES:
        index = folder / f'{name}.index.json'
        if index.is_file():
            parts = sorted(set(read_json(index)['weight_map'].values()))
            weights: dict[str, Tensor] = {}
            for part in parts:
                require_file(folder / part)
                weights |= _read_file(folder / part)
            return weights
        if (folder / name).is_file():
            return _read_file(folder / name)
    raise InputFileNotFoundError(f'model folder {folder}: {" or ".join(_FILES)} is missing.')


def _read_file(path: Path) -> Mapping[str, Tensor]:
    if path.suffix == '.safetensors':
        safetensors = require('safetensors', 'Reading model weights', _INSTALL)
        load = require('safetensors.torch', 'Reading model weights', _INSTALL).load_file
        try:
            return load(path)
        except (safetensors.SafetensorError, OSError) as error:
            raise InputValueError(f'{path}: cannot be read: {first_line(error)}') from error
    compat.install()
    return _state_dict(CheckpointLoader.load_checkpoint(str(path), 'cpu', logger='silent'), path)


def _state_dict(content: Any, path: Path) -> Mapping[str, Tensor]:
    """The tensors of a file: as they are, under a known key, or under the name of a class."""
    if isinstance(content, dict):
        inner = [content[key] for key in _NESTED if key in content]
        inner += [value for key, value in content.items() if key not in _NESTED]
        for candidate in (content, *inner):
            if isinstance(candidate, dict) and candidate and _all_tensors(candidate):
                return candidate
    keys = f' with the keys {list(content)[:5]}' if isinstance(content, dict) else ''
    raise InputValueError(
        f"{path}: expected weights: a dict of tensors, or one under 'state_dict', 'model' or "
        f'the name of a class, found {type(content).__name__}{keys}.'
    )


def _all_tensors(values: Mapping[str, Any]) -> bool:
    return all(isinstance(value, Tensor) for value in values.values())


def _without_wrapper(weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Without the ``module.`` of data-parallel training."""
    return OrderedDict((key.removeprefix('module.'), value) for key, value in weights.items())


def _hub_folder(name: str) -> Path:
    hub = require('huggingface_hub', 'Loading weights from the hub', _INSTALL)
    cache = hub.constants.HF_HUB_CACHE
    patterns = ['config.json', 'model*.safetensors', 'model*.safetensors.index.json']
    try:
        cached = hub.try_to_load_from_cache(name, 'config.json', cache_dir=cache)
    except ValueError as error:  # the hub client refuses the form of the name
        raise InputValueError(
            f'weights {name!r}: neither a file, a folder nor a hub name: {first_line(error)}'
        ) from error
    if isinstance(cached, str):
        folder = Path(cached).parent
        if any((folder / f'{f}{end}').is_file() for f in _FILES for end in ('', '.index.json')):
            return folder
    reason = hub_trouble(hub.constants)
    if reason:
        raise InputFileNotFoundError(
            f'weights {name!r}: no such local file or folder, not in the offline cache ({cache}), '
            f'and {reason}. Ways out: download it where there is a network ("hf download {name}") '
            'and name its folder here; or copy a filled hub cache here and point HF_HOME at it.'
        )
    try:
        return Path(hub.snapshot_download(name, allow_patterns=patterns))
    except (OSError, ValueError) as error:  # the hub's errors are OSErrors
        raise InputFileNotFoundError(
            f'weights {name!r}: cannot be downloaded: {first_line(error)}'
        ) from error
