"""Open a complete model folder with transformers; every failure is one line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders.model_location import first_line
from vlm_detector.families.model_source import INSTALL, ModelSource

DTYPES = ('float32', 'bfloat16', 'float16', 'auto')


def import_transformers() -> ModuleType:
    """transformers, imported at first use, without threads in the loader's workers."""
    os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')
    return require('transformers', 'A vision-language model', INSTALL)


def load_processor(located: ModelSource, required_tokens: Sequence[str]) -> Any:
    """Tokenizer, image processor and chat template as transformers' processor.

    The image processor is the torchvision one, which is what transformers takes by default and
    what a server takes: its pixel values differ a little from those of the PIL one.

    Raises:
        InputValueError: the files can't be used, or the tokenizer lacks a token.
    """
    transformers = import_transformers()
    # The tokenizers library raises plain Exception for damaged files.
    with _one_line(located, 'the processor', Exception), _quiet(transformers):
        processor = transformers.AutoProcessor.from_pretrained(
            located.folder, local_files_only=True, trust_remote_code=False
        )
    require_tokens(processor.tokenizer, required_tokens, located.name)
    return processor


def require_tokens(tokenizer: Any, tokens: Sequence[str], source: str) -> None:
    """Raise InputValueError unless the tokenizer knows each of ``tokens`` as one token."""
    absent = [token for token in tokens if not _is_one_token(tokenizer, token)]
    if absent:
        shown = ', '.join(absent[:5]) + (', ...' if len(absent) > 5 else '')
        raise InputValueError(
            f'{source}: expected a tokenizer with the tokens of the family, found {len(absent)} '
            f'of {len(tokens)} missing: {shown}; use the tokenizer files of the released model.'
        )


def load_pretrained(
    located: ModelSource, *, dtype: str, attn_implementation: str | None, quantization: Any
) -> nn.Module:
    """The model of a folder in evaluation mode; arguments as for ``Family.load_model``.

    Raises:
        InputValueError: a value that can't be used, or weights that don't fill the model.
    """
    if dtype not in DTYPES:
        raise InputValueError(f'model.dtype: expected one of {DTYPES}, found {dtype!r}.')
    transformers = import_transformers()
    options: dict[str, Any] = {
        'dtype': dtype if dtype == 'auto' else getattr(torch, dtype),
        'local_files_only': True,
        'output_loading_info': True,
    }
    if attn_implementation is not None:
        options['attn_implementation'] = attn_implementation
    if quantization is not None:
        options['quantization_config'] = quantization
    safetensors = require('safetensors', 'Reading model weights', INSTALL)
    errors = (OSError, ValueError, RuntimeError, KeyError, ImportError)
    errors += (safetensors.SafetensorError,)
    with _one_line(located, 'the model', *errors), _quiet(transformers):
        model, report = transformers.AutoModelForImageTextToText.from_pretrained(
            located.folder, **options
        )
    missing = sorted(report['missing_keys'])
    if missing:  # transformers would fill them with random numbers
        raise InputValueError(
            f'model {located.name!r}: {len(missing)} parameters of {type(model).__name__} are '
            f'missing in its weights, the first is {missing[0]!r}.'
        )
    return model.eval()


def _is_one_token(tokenizer: Any, token: str) -> bool:
    index = tokenizer.convert_tokens_to_ids(token)
    return index is not None and tokenizer.convert_ids_to_tokens(index) == token


@contextlib.contextmanager
def _one_line(located: ModelSource, part: str, *errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise InputValueError(
            f'model {located.name!r}: out of memory while loading; use dtype bfloat16, '
            'quantization (4 bit), or a smaller model.'
        ) from error
    except errors as error:
        raise InputValueError(
            f'model {located.name!r}: {part} cannot be loaded from {located.folder}: '
            f'{first_line(error)}'
        ) from error


@contextlib.contextmanager
def _quiet(transformers: ModuleType) -> Iterator[None]:
    """No progress bars and no tables of weights while loading."""
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
