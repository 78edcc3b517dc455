"""Every text is encoded once: embeddings in memory, backed by files on disk."""

from __future__ import annotations

import functools
import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vl_runtime.cache_folder import cache_folder
from vl_runtime.embedding_segments import EmbeddingSegments
from vl_runtime.errors import InputValueError

# N texts asked for, U different ones, D embedding width

Encode = Callable[[list[str]], Tensor]


def default_folder(identity: str, dim: int) -> Path:
    """Where embeddings of one encoder are kept between runs.

    ``$MMGROUND_CACHE`` or ``~/.cache/mmground``, then ``text_embeddings/<hash>``.
    """
    digest = hashlib.sha256(f'format 1|{identity}|{dim}'.encode()).hexdigest()
    return cache_folder() / 'text_embeddings' / digest


class EmbeddingCache:
    """Look up text embeddings; only texts never met before are encoded.

    Memory is bounded (the least recently used text goes first), the disk part too.
    Vectors are detached float32 on the CPU, so no gradient flows through the cache:
    it is for frozen encoders. Safe to use from several threads, and several processes
    may share the folder. What waits for the disk is written when 512 texts wait, when
    the cache is released, and when the program ends.

    Args:
        identity: key of the encoder and its weights. Another weight needs another
            identity, otherwise old embeddings would be answered.
        dim: D.
        folder: where the files are; default :func:`default_folder`.
        max_entries: texts kept in memory, and at most on disk (100k x 512-d = 200 MB).
        flush_every: new texts that are written together.
        batch_size: texts given to the encoder at a time.
    """

    def __init__(
        self,
        identity: str,
        dim: int,
        *,
        folder: str | Path | None = None,
        max_entries: int = 100_000,
        flush_every: int = 512,
        batch_size: int = 128,
    ) -> None:
        self.identity = identity
        self.dim = dim
        self.max_entries = max_entries
        self.batch_size = batch_size
        self.segments = EmbeddingSegments(
            folder or default_folder(identity, dim),
            dim,
            max_entries=max_entries,
            flush_every=flush_every,
        )
        self._rows: OrderedDict[str, int] = OrderedDict()
        self._matrix = np.empty((0, dim), dtype=np.float32)
        self._lock = threading.RLock()
        # Runs when the cache is released and when the interpreter ends.
        weakref.finalize(self, self.segments.flush)

    def __len__(self) -> int:
        return len(self._rows)

    def lookup(self, texts: Sequence[str], encode: Encode) -> Tensor:
        """Embeddings (N, D) of ``texts``, float32 on the CPU, in the order asked for.

        Args:
            texts: N strings, N >= 1; repeated ones are encoded once.
            encode: turns a list of M different strings into (M, D).

        Raises:
            InputValueError: the encoder answered something that is not finite.
        """
        with self._lock:
            unique = {text: index for index, text in enumerate(dict.fromkeys(texts))}
            missing = [text for text in unique if text not in self._rows]
            if missing:
                for block in self.segments.read_new():
                    self._store(*block)
                missing = [text for text in unique if text not in self._rows]
            vectors = np.empty((len(unique), self.dim), dtype=np.float32)
            known = [text for text in unique if text in self._rows]
            if known:
                rows = [self._rows[text] for text in known]
                vectors[[unique[text] for text in known]] = self._matrix[rows]
                for text in known:
                    self._rows.move_to_end(text)
            for start in range(0, len(missing), self.batch_size):
                batch = missing[start : start + self.batch_size]
                vectors[[unique[text] for text in batch]] = self._encode(batch, encode)
        return torch.from_numpy(vectors[[unique[text] for text in texts]])

    def flush(self) -> None:
        """Write embeddings that wait for the disk now."""
        self.segments.flush()

    def _encode(self, texts: list[str], encode: Encode) -> np.ndarray:
        vectors = encode(texts).detach().to('cpu', torch.float32).numpy()
        if vectors.shape != (len(texts), self.dim):
            raise InputValueError(
                f'text encoder {self.identity}: expected embeddings of shape '
                f'({len(texts)}, {self.dim}) for {len(texts)} texts, found {vectors.shape}.'
            )
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            raise InputValueError(
                f'text encoder {self.identity}: the embedding of {texts[int(finite.argmin())]!r} '
                'is not finite; its weights are damaged or its number type is too small.'
            )
        self._store(texts, vectors)
        self.segments.add(texts, vectors)
        return vectors

    def _store(self, texts: list[str], vectors: np.ndarray) -> None:
        """Put vectors (N, D) into memory, dropping the least recently used ones."""
        for text, vector in zip(texts, vectors):
            if text in self._rows:
                continue
            if len(self._rows) < self.max_entries:
                row = len(self._rows)
                self._grow(row + 1)
            else:
                row = self._rows.popitem(last=False)[1]
            self._rows[text] = row
            self._matrix[row] = vector

    def _grow(self, rows: int) -> None:
        if rows > len(self._matrix):
            size = min(max(256, 2 * len(self._matrix)), self.max_entries)
            matrix = np.empty((size, self.dim), dtype=np.float32)
            matrix[: len(self._matrix)] = self._matrix
            self._matrix = matrix


def shared_embedding_cache(identity: str, dim: int) -> EmbeddingCache:
    """The process-wide cache of an encoder in the default folder."""
    return _cache_in(default_folder(identity, dim), identity, dim)


@functools.lru_cache(maxsize=8)
def _cache_in(folder: Path, identity: str, dim: int) -> EmbeddingCache:
    return EmbeddingCache(identity, dim, folder=folder)
