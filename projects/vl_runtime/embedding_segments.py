"""Text embeddings on disk: a folder of small, immutable segment files."""

from __future__ import annotations

import json
import logging
import os
import threading
import uuid
import zipfile
import zlib
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from vl_runtime.atomic_files import atomic_path
from vl_runtime.errors import InputPermissionError

# N texts of a segment, D embedding width

MERGE_ABOVE = 32  # files; every run that met new texts adds one file per process


class EmbeddingSegments:
    """Append-only store of text embeddings that several processes share.

    A segment is an ``.npz`` of plain arrays: ``texts`` (UTF-8 bytes of a JSON list of
    N strings) and ``vectors`` (N, D) float32. It is written once, atomically, under a
    name of its own, so readers never see a half and writers never collide. A damaged
    segment is removed with a warning: its texts are encoded again. A folder that
    can't be written turns the store off with one log line.

    Args:
        folder: where the segments of one encoder are.
        dim: D.
        max_entries: texts kept on disk; further ones stay in memory only.
        flush_every: waiting texts that make a new segment.
    """

    def __init__(
        self, folder: str | Path, dim: int, *, max_entries: int = 100_000, flush_every: int = 512
    ) -> None:
        self.folder = Path(folder)
        self.dim = dim
        self.max_entries = max_entries
        self.flush_every = flush_every
        self._lock = threading.RLock()
        self._seen: set[str] = set()
        self._stored: set[str] = set()
        self._unclaimed: list[tuple[list[str], np.ndarray]] = []
        self._waiting: dict[str, np.ndarray] = {}
        self._writable = True

    def read_new(self) -> list[tuple[list[str], np.ndarray]]:
        """Texts and (N, D) vectors of the segments that were not handed out before."""
        with self._lock:
            self._scan()
            blocks, self._unclaimed = self._unclaimed, []
        return blocks

    def add(self, texts: list[str], vectors: np.ndarray) -> None:
        """Remember vectors (N, D) for the next segment; write it when enough wait."""
        with self._lock:
            for text, vector in zip(texts, vectors):
                if text not in self._stored:
                    self._waiting[text] = np.array(vector, dtype=np.float32)
            if len(self._waiting) >= self.flush_every:
                self.flush()

    def flush(self) -> None:
        """Write what waits as one new segment; nothing happens when nothing waits."""
        with self._lock:
            self._scan()  # another process may have stored the same texts
            free = max(self.max_entries - len(self._stored), 0)
            texts = [text for text in self._waiting if text not in self._stored][:free]
            vectors = [self._waiting[text] for text in texts]
            self._waiting.clear()
            if texts and self._writable and self._write(texts, np.stack(vectors)):
                self._stored.update(texts)

    def _scan(self) -> None:
        """Read segments that appeared since the last look; join them when they are many."""
        first_look = not self._seen
        read, blocks = [], []
        for path in self._segments():
            if path.name in self._seen or len(self._stored) >= self.max_entries:
                continue
            self._seen.add(path.name)
            block = self._read(path)
            if block is not None:
                self._stored.update(block[0])
                read.append(path)
                blocks.append(block)
        self._unclaimed += blocks
        if first_look and len(read) > MERGE_ABOVE:
            self._merge(read, blocks)

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob('segment-*.npz')) if self.folder.is_dir() else []

    def _write(self, texts: list[str], vectors: np.ndarray) -> bool:
        path = self.folder / f'segment-{os.getpid()}-{uuid.uuid4().hex}.npz'
        names = np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8)
        try:
            with atomic_path(path) as temporary, temporary.open('wb') as file:
                np.savez(file, texts=names, vectors=vectors)
        except InputPermissionError as error:
            self._writable = False
            print_log(
                f'Text embeddings are kept in memory only, not on disk: {error} '
                'Set MMGROUND_CACHE to another folder to keep them between runs.',
                logger='current',
            )
            return False
        self._seen.add(path.name)
        return True

    def _read(self, path: Path) -> tuple[list[str], np.ndarray] | None:
        try:
            with np.load(path, allow_pickle=False) as arrays:
                texts = json.loads(arrays['texts'].tobytes())
                vectors = arrays['vectors']
            if vectors.shape != (len(texts), self.dim) or vectors.dtype != np.float32:
                raise ValueError(
                    f'expected ({len(texts)}, {self.dim}) float32, '
                    f'found {vectors.shape} {vectors.dtype}'
                )
            if not np.isfinite(vectors).all():
                raise ValueError('a value is not finite')
        except FileNotFoundError:  # another process merged it away since it was listed
            return None
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
            print_log(
                f'{path}: damaged embedding segment ({error}); it is removed and its texts '
                'are encoded again.',
                logger='current',
                level=logging.WARNING,
            )
            _remove(path)
            return None
        return texts, vectors

    def _merge(self, paths: list[Path], blocks: list[tuple[list[str], np.ndarray]]) -> None:
        merged = {text: vector for texts, vectors in blocks for text, vector in zip(texts, vectors)}
        if self._write(list(merged), np.stack(list(merged.values()))):
            for path in paths:
                _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        print_log(f'{path}: could not be removed ({error.strerror}).', logger='current')
