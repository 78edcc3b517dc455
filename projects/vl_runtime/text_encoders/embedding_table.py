"""Precomputed text embeddings read from a file: text -> row of a matrix."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import (
    InputFileNotFoundError,
    InputKeyError,
    InputValueError,
    did_you_mean,
)
from vl_runtime.text_encoders.model_location import first_line
from vl_runtime.vocabulary import Vocabulary

# T texts in the file, D embedding width


class EmbeddingTable:
    """Rows of precomputed embeddings found by text.

    Files: ``.pth`` with a dictionary ``{text: vector}``, or ``.npy`` (T, D) with a class
    text JSON of T entries, whose every synonym finds the row of its entry.

    Args:
        path: the embeddings.
        texts_path: the class texts of a ``.npy``.
        normalize: divide each row by its length. Without it rows stay as they are.

    Raises:
        InputFileNotFoundError: a file is missing.
        InputValueError: a file has another format, or numbers of texts, rows or columns
            differ.
    """

    def __init__(
        self, path: str | Path, texts_path: str | Path | None = None, *, normalize: bool = False
    ) -> None:
        self.path = Path(path).expanduser()
        if self.path.suffix not in ('.pth', '.npy'):
            raise InputValueError(
                f'text embeddings: expected the path of a .pth or .npy file, found {str(path)!r}.'
            )
        if not self.path.is_file():
            raise InputFileNotFoundError(f'{self.path}: no such file of text embeddings.')
        if self.path.suffix == '.pth':
            self.rows, matrix = _read_dictionary(self.path)
        else:
            self.rows, matrix = _read_matrix(self.path, texts_path)
        self._check_finite(matrix)
        self.matrix = F.normalize(matrix, dim=-1) if normalize else matrix

    @property
    def dim(self) -> int:
        """D."""
        return self.matrix.shape[1]

    def digest(self) -> str:
        """sha256 of texts and vectors."""
        texts = json.dumps(list(self.rows.items())).encode()
        return hashlib.sha256(texts + self.matrix.numpy().tobytes()).hexdigest()

    def lookup(self, texts: list[str]) -> Tensor:
        """Embeddings (N, D) of N texts; of each, the part before the first '/' counts.

        The empty padding text gives zeros unless the file has it.

        Raises:
            InputKeyError: a text is not in the file.
        """
        known = [self._row(text) for text in texts]
        vectors = self.matrix[torch.tensor([max(row, 0) for row in known])]
        vectors[[row < 0 for row in known]] = 0
        return vectors

    def _row(self, text: str) -> int:
        """Row of a text, -1 for padding."""
        key = text if text in self.rows else text.split('/')[0]
        if key in self.rows:
            return self.rows[key]
        if text == '':
            return -1
        raise InputKeyError(
            f'{self.path}: no embedding for the text {key!r}, the file has {len(self.rows)} '
            f'texts.{did_you_mean(key, self.rows)}'
        )

    def _check_finite(self, matrix: Tensor) -> None:
        finite = matrix.isfinite().all(dim=1)
        if not finite.all():
            row = int((~finite).nonzero()[0])
            text = next(text for text, index in self.rows.items() if index == row)
            raise InputValueError(
                f'{self.path}: the embedding of {text!r} (row {row}) is not finite.'
            )


def _read_dictionary(path: Path) -> tuple[dict[str, int], Tensor]:
    try:
        table = torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputValueError(
            f'{path}: refused, it holds more than tensors: {first_line(error)} '
            'Save a plain dictionary {text: tensor}.'
        ) from error
    except (RuntimeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise InputValueError(f'{path}: not a readable .pth file ({first_line(error)}).') from error
    if not isinstance(table, Mapping) or not table:
        raise InputValueError(
            f'{path}: expected a dictionary {{text: vector}}, found {_describe(table)}.'
        )
    rows: dict[str, int] = {}
    vectors: list[Tensor] = []
    for index, (text, value) in enumerate(table.items()):
        if not isinstance(text, str):
            raise InputValueError(f'{path}: expected a text at entry {index}, found {text!r}.')
        vectors.append(_vector(path, text, value, vectors))
        rows[text] = index
    return rows, torch.stack(vectors)


def _vector(path: Path, text: str, value: object, before: list[Tensor]) -> Tensor:
    if not isinstance(value, (Tensor, np.ndarray, list, tuple)):
        raise InputValueError(
            f'{path}: expected a vector for {text!r}, found {type(value).__name__}.'
        )
    vector = torch.as_tensor(value).detach().float()
    shape = tuple(vector.shape)
    if vector.ndim == 2 and len(vector) == 1:
        vector = vector[0]
    if vector.ndim != 1 or not len(vector):
        raise InputValueError(f'{path}: expected a vector for {text!r}, found shape {shape}.')
    if before and len(vector) != len(before[0]):
        raise InputValueError(
            f'{path}: expected {len(before[0])} numbers for {text!r} like the first text, '
            f'found {len(vector)}.'
        )
    return vector


def _read_matrix(path: Path, texts_path: str | Path | None) -> tuple[dict[str, int], Tensor]:
    if texts_path is None:
        raise InputValueError(
            f'{path}: a .npy holds no texts; give texts_path, the class text JSON whose '
            'entries name its rows.'
        )
    try:
        matrix = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise InputValueError(f'{path}: not a readable .npy array ({error}).') from error
    if matrix.ndim != 2 or matrix.dtype.kind != 'f' or not matrix.size:
        raise InputValueError(
            f'{path}: expected a float array (texts, width), found {matrix.dtype} {matrix.shape}.'
        )
    vocabulary = Vocabulary.from_json(texts_path)
    if len(vocabulary) != len(matrix):
        raise InputValueError(
            f'{path}: expected {len(vocabulary)} rows, one per entry of {texts_path}, '
            f'found {len(matrix)}.'
        )
    rows = {name: index for index, name in reversed(list(enumerate(vocabulary.names)))}
    for index, entry in enumerate(vocabulary.texts):
        for synonym in entry:
            rows.setdefault(synonym, index)
    return rows, torch.from_numpy(matrix.astype(np.float32))


def _describe(value: object) -> str:
    return 'an empty one' if isinstance(value, Mapping) else type(value).__name__
