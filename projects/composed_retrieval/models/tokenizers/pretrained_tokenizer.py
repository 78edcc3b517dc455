"""A released BERT tokenizer: a folder, the offline cache, or the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.registry import TASK_UTILS

from composed_retrieval.models.layers.transformers_library import import_transformers
from composed_retrieval.models.tokenizers.caption_tokenizer import CaptionTokenizer
from vl_runtime.compat.optional import require
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders.model_location import first_line, hub_trouble

_FILES = ('tokenizer.json', 'vocab.txt')


@TASK_UTILS.register_module()
class PretrainedTokenizer(CaptionTokenizer):
    """The tokenizer that the released text embeddings were trained with.

    Args:
        source: a folder with tokenizer.json or vocab.txt, or a hub name.
        max_tokens: see ``CaptionTokenizer``.

    Raises:
        InputFileNotFoundError: no such folder; or not in the cache, and no hub.
        InputValueError: the files can't be used.
    """

    def __init__(self, source: str = 'bert-base-uncased', max_tokens: int = 32) -> None:
        super().__init__(_loaded(source), max_tokens)


def _loaded(source: str) -> Any:
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not any((folder / file).is_file() for file in _FILES):
            raise InputFileNotFoundError(
                f'tokenizer folder {folder}: {" or ".join(_FILES)} is missing.'
            )
        return _open(str(folder), source, local_files_only=True)
    if source.startswith(('.', '/', '~')) or source.count('/') > 1:
        raise InputFileNotFoundError(f'tokenizer {source!r}: no such folder ({folder}).')
    hub = require('huggingface_hub', 'Loading a tokenizer from the hub', 'pip install transformers')
    cache = hub.constants.HF_HUB_CACHE
    cached = any(
        isinstance(hub.try_to_load_from_cache(source, file, cache_dir=cache), str)
        for file in _FILES
    )
    reason = '' if cached else hub_trouble(hub.constants)
    if reason:
        raise InputFileNotFoundError(
            f'tokenizer {source!r}: no such local folder, not in the offline cache ({cache}), and '
            f'{reason}. Ways out: set model.tokenizer.source to a folder with vocab.txt; or copy a '
            'filled hub cache here and point HF_HOME at it.'
        )
    return _open(source, source, local_files_only=cached)


def _open(path: str, source: str, *, local_files_only: bool) -> Any:
    transformers = import_transformers()
    try:
        return transformers.BertTokenizer.from_pretrained(path, local_files_only=local_files_only)
    # The tokenizers library raises plain Exception for damaged files.
    except Exception as error:
        raise InputValueError(
            f'tokenizer {source!r}: cannot be used: {first_line(error)}'
        ) from error
