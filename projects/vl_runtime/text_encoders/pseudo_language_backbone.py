"""Precomputed text embeddings in the place of a text encoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders.embedding_table import EmbeddingTable
from vl_runtime.text_encoders.text_batch import flatten_texts


@MODELS.register_module()
class PseudoLanguageBackbone(BaseModule):
    """Look texts up in a file of embeddings; no text model is needed.

    In training mode ``text_embed_path`` answers, in eval mode ``test_embed_path`` (the
    same file when not given). A text is found whole, else by its part before the first
    '/'. The padding text '' gives zeros when the file does not have it.

    Shapes:
        texts: B lists of N strings -> (feats (B, N, D) float32 without gradient, None).
        Rows are as in the file; only ``normalize`` makes them unit vectors.

    Args:
        text_embed_path: ``.pth`` with ``{text: vector}``, or ``.npy`` (T, D).
        test_embed_path: the same for eval mode.
        texts_path: class text JSON of T entries, needed by a ``.npy``.
        test_texts_path: the same for ``test_embed_path``; default ``texts_path``.
        normalize: divide every row by its length (text-guided necks expect unit vectors).
        init_cfg: accepted as by every module; there is nothing to initialise.

    Raises:
        InputFileNotFoundError, InputValueError: a file is missing or not as described.
        InputKeyError: a text is not in the file (names text and file).
    """

    def __init__(
        self,
        text_embed_path: str = '',
        test_embed_path: str | None = None,
        *,
        texts_path: str | None = None,
        test_texts_path: str | None = None,
        normalize: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.text_embed = EmbeddingTable(text_embed_path, texts_path, normalize=normalize)
        self.test_embed = self.text_embed
        if test_embed_path is not None:
            self.test_embed = EmbeddingTable(
                test_embed_path, test_texts_path or texts_path, normalize=normalize
            )
        if self.test_embed.dim != self.text_embed.dim:
            raise InputValueError(
                f'{test_embed_path}: expected embeddings of width {self.text_embed.dim} like '
                f'{text_embed_path}, found {self.test_embed.dim}.'
            )
        self.embed_dims = self.text_embed.dim
        self.register_buffer('buff', torch.zeros(1))  # published key; tells the device

    @property
    def identity(self) -> str:
        """Key of the embeddings in both files."""
        digests = f'{self.text_embed.digest()}|{self.test_embed.digest()}'
        return f'{type(self).__name__}|{digests}'

    def forward(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, None]:
        """Features (B, N, D) on the module's device, and no mask."""
        flat, num_texts = flatten_texts(texts)
        table = self.text_embed if self.training else self.test_embed
        feats = table.lookup(flat).to(self.buff.device)
        return feats.reshape(len(texts), num_texts, self.embed_dims), None
