"""Load tokenizer and model with transformers; every failure is one clear line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from torch import nn

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders.model_location import WAYS_OUT, ModelLocation, first_line


def import_transformers() -> ModuleType:
    """transformers, imported at first use.

    Its tokenizers would start threads and then warn at every data-loader fork.
    """
    os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')
    return require('transformers', 'A text encoder', 'pip install transformers')


def load_tokenizer(location: ModelLocation) -> Any:
    """The model's tokenizer."""
    transformers = import_transformers()
    # The tokenizers library raises plain Exception for damaged files.
    with _clear_errors(location, 'tokenizer', Exception), _quiet(transformers):
        return transformers.AutoTokenizer.from_pretrained(
            location.path, local_files_only=location.local_files_only, trust_remote_code=False
        )


def load_config(location: ModelLocation, config_class: str, **changes: Any) -> Any:
    """The model's configuration as transformers' class ``config_class``, with ``changes``."""
    transformers = import_transformers()
    with _clear_errors(location, 'config.json', ValueError, KeyError), _quiet(transformers):
        return getattr(transformers, config_class).from_pretrained(
            location.path, local_files_only=location.local_files_only, **changes
        )


def load_model(
    location: ModelLocation, model_class: str, config: Any, optional: tuple[str, ...] = ()
) -> nn.Module:
    """The model as transformers' class ``model_class``, in float32.

    Args:
        optional: name prefixes of parameters that are not used, so the file may lack them.

    Raises:
        InputValueError: the file is damaged, or lacks parameters (transformers would fill
            them with random numbers).
    """
    transformers = import_transformers()
    safetensors = require('safetensors', 'Reading model weights', 'pip install safetensors')
    errors = (safetensors.SafetensorError, ValueError, RuntimeError, KeyError)
    with _clear_errors(location, 'weights', *errors), _quiet(transformers):
        model, report = getattr(transformers, model_class).from_pretrained(
            location.path,
            config=config,
            local_files_only=location.local_files_only,
            output_loading_info=True,
        )
    missing = sorted(key for key in report['missing_keys'] if not key.startswith(optional))
    if missing:
        raise InputValueError(
            f'{location.kind} {location.name!r}: its weights are not those of a {model_class}: '
            f'{len(missing)} parameters are missing, the first is {missing[0]!r}.'
        )
    return model.float()


@contextlib.contextmanager
def _clear_errors(location: ModelLocation, part: str, *damaged: type[Exception]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f'{location.kind} {location.name!r}: {part} cannot be loaded: {first_line(error)}'
        hint = '' if location.local_files_only else f' {WAYS_OUT}'
        raise InputFileNotFoundError(message + hint) from error
    except damaged as error:
        raise InputValueError(
            f'{location.kind} {location.name!r}: {part} cannot be used: {first_line(error)}'
        ) from error


@contextlib.contextmanager
def _quiet(transformers: ModuleType) -> Iterator[None]:
    """No progress bars and no table of unused weights while loading."""
    log = transformers.utils.logging
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()
