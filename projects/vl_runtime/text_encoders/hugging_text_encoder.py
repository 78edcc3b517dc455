"""What the encoders built on transformers share: freezing, caching, masks, checkpoints."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule, initialize
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.embedding_cache import shared_embedding_cache
from vl_runtime.errors import InputValueError, did_you_mean
from vl_runtime.text_encoders.parameter_fingerprint import ParameterFingerprint
from vl_runtime.text_encoders.text_batch import flatten_texts, text_mask

# B images, N texts an image, U different texts, L tokens, D embedding width


class HuggingTextEncoder(BaseModule):
    """Texts to unit vectors with a transformers model; a subclass does the pooling.

    A fully frozen encoder stays in eval mode, has no gradients, and answers from the
    embedding cache (memory and disk), keyed by :attr:`identity`: no text is encoded
    twice, whatever happens to be in the batch. Otherwise every forward pass encodes the
    different texts of the batch once, with gradients.

    Shapes:
        texts: B lists of N strings -> feats (B, N, D) float32, L2-normalised;
        mask (B, N), 0 where the text is ``pad_value``, or None without ``add_mask``.

    Args:
        model: the transformers model; its parameters are ``model.*`` in checkpoints.
        tokenizer: the model's tokenizer. Longer texts are cut with a warning.
        embed_dims: D.
        frozen_modules: ``['all']``, or names of sub-modules of ``model``
            (``'text_model.embeddings'``; everything below is frozen too), or nothing.
        add_mask: return the mask.
        pad_value: the text that only fills up a list. A space is a real text.
        init_cfg: mmengine's initialisation on top of the loaded weights.

    Raises:
        InputValueError: a name of ``frozen_modules`` is not there; the texts are not B
            equally long lists of strings.
    """

    pooling = ''  # part of the identity: how token states become one vector
    unused_parameters: tuple[str, ...] = ()

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Any,
        *,
        embed_dims: int,
        frozen_modules: Sequence[str] = (),
        add_mask: bool = False,
        pad_value: str = '',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.model = model
        self.tokenizer = tokenizer
        self.embed_dims = embed_dims
        self.frozen_modules = checked_module_names(frozen_modules, model)
        self.add_mask = add_mask
        self.pad_value = pad_value
        self.max_tokens = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._fingerprint = ParameterFingerprint(self.unused_parameters)
        for module in self._frozen():
            module.requires_grad_(False)
        self.fully_frozen = not any(p.requires_grad for p in model.parameters())
        self.train(self.training)

    @property
    def identity(self) -> str:
        """Key of what turns a text into a vector: class, pooling, tokenizer, parameters.

        It follows the parameters that are loaded now, so a checkpoint with other text
        weights never meets embeddings of the old ones.
        """
        parts = (type(self).__name__, self.pooling, str(self.max_tokens), self._tokenizer_digest)
        return '|'.join((*parts, self._fingerprint.of(self.model)))

    def forward(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor | None]:
        """Features (B, N, D) and mask (B, N) or None, on the model's device."""
        flat, num_texts = flatten_texts(texts)
        if self.fully_frozen:
            cache = shared_embedding_cache(self.identity, self.embed_dims)
            feats = cache.lookup(flat, self._encode_frozen).to(self._device())
        else:
            rows = {text: row for row, text in enumerate(dict.fromkeys(flat))}
            feats = self._encode(list(rows))[[rows[text] for text in flat]]
        feats = feats.reshape(len(texts), num_texts, self.embed_dims)
        return feats, text_mask(texts, self.pad_value, feats) if self.add_mask else None

    def pool(self, tokens: dict[str, Tensor]) -> Tensor:
        """One vector per text (U, D) from tokens (U, L)."""
        raise NotImplementedError

    def train(self, mode: bool = True) -> HuggingTextEncoder:
        """Set the mode; frozen parts stay in eval mode."""
        super().train(mode)
        for module in self._frozen():
            module.eval()
        return self

    def init_weights(self) -> None:
        """Keep the loaded weights; only an ``init_cfg`` changes them.

        transformers models have a method of this name too, which mmengine would call.
        """
        if self.init_cfg:
            initialize(self, self.init_cfg)

    @functools.cached_property
    def _tokenizer_digest(self) -> str:
        return _tokenizer_digest(self.tokenizer)

    def _encode(self, texts: list[str]) -> Tensor:
        tokens = self._tokenize(texts)
        return F.normalize(self.pool(tokens.to(self._device())).float(), dim=-1)

    @torch.no_grad()
    def _encode_frozen(self, texts: list[str]) -> Tensor:
        # Full precision even inside autocast: the result outlives this iteration.
        with torch.autocast(self._device().type, enabled=False):
            return self._encode(texts)

    def _tokenize(self, texts: list[str]) -> Any:
        tokens = self.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors='pt',
        )
        for row in (tokens['attention_mask'].sum(dim=1) == self.max_tokens).nonzero():
            text = texts[int(row)]
            if len(self.tokenizer(text, truncation=False, verbose=False)['input_ids']) > (
                self.max_tokens
            ):
                _warn_cut(text, self.max_tokens)
        return tokens

    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def _frozen(self) -> Iterator[nn.Module]:
        for name in self.frozen_modules:
            yield self.model if name == 'all' else self.model.get_submodule(name)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any) -> None:
        """Accept checkpoints of older transformers, which stored position indices."""
        for key in [key for key in state_dict if key.startswith(f'{prefix}model.')]:
            if key.endswith('embeddings.position_ids'):
                del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)


def checked_module_names(names: Sequence[str], model: nn.Module) -> tuple[str, ...]:
    """``frozen_modules`` as a tuple; each is 'all' or the name of a sub-module of ``model``."""
    if isinstance(names, str):
        raise InputValueError(
            f"frozen_modules: expected a list of names such as ['all'], found {names!r}."
        )
    known = ['all', *(name for name, _ in model.named_modules() if name)]
    for index, name in enumerate(names):
        if name not in known:
            raise InputValueError(
                f"frozen_modules: expected 'all' or a sub-module of {type(model).__name__} at "
                f'index {index}, found {name!r}.{did_you_mean(str(name), known)}'
            )
    return tuple(names)


def _tokenizer_digest(tokenizer: Any) -> str:
    """Digest of vocabulary and rules, without the padding and cutting of the last call."""
    if tokenizer.is_fast:
        rules = json.loads(tokenizer.backend_tokenizer.to_str())
        rules = {key: rules[key] for key in rules if key not in ('padding', 'truncation')}
    else:
        rules = [type(tokenizer).__name__, sorted(tokenizer.get_vocab().items())]
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


@functools.lru_cache(maxsize=1024)  # once per text
def _warn_cut(text: str, max_tokens: int) -> None:
    print_log(
        f'text {text!r} is longer than the {max_tokens} tokens that the text encoder reads; '
        'the rest is ignored.',
        logger='current',
        level=logging.WARNING,
    )
