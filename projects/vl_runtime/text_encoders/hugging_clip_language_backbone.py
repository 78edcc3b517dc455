"""CLIP's text tower, the text encoder of the published YOLO-World weights."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime.text_encoders.hugging_text_encoder import HuggingTextEncoder
from vl_runtime.text_encoders.model_location import locate_model
from vl_runtime.text_encoders.pretrained import load_config, load_model, load_tokenizer


@MODELS.register_module()
class HuggingCLIPLanguageBackbone(HuggingTextEncoder):
    """Projected, L2-normalised CLIP text embeddings of transformers' CLIP.

    Checkpoint keys are ``model.text_model.*`` and ``model.text_projection.weight``.

    Args:
        model_name: hub name (``'openai/clip-vit-base-patch32'``: D = 512), a folder, or
            ``'package:<python package>'``.
        frozen_modules: ``['all']``, sub-modules such as ``'text_model.embeddings'``, or
            nothing. See :class:`HuggingTextEncoder`.
        dropout: attention dropout while training.
        add_mask: also return the (B, N) mask of real texts.
        pad_value: the text that the mask counts as padding.
        training_use_cache: accepted for published configs, without effect: a fully frozen
            encoder always uses the cache.
        init_cfg: mmengine's initialisation on top of the loaded weights.

    Raises:
        InputFileNotFoundError: the model is in no folder, cache or reachable hub.
        InputValueError: its files are damaged or not a CLIP text model.

    Source: Radford et al., arXiv:2103.00020; YOLO-World, arXiv:2401.17270.
    """

    pooling = 'clip projection of the end token'

    def __init__(
        self,
        model_name: str,
        frozen_modules: Sequence[str] = (),
        *,
        dropout: float = 0.0,
        add_mask: bool = False,
        pad_value: str = '',
        training_use_cache: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        location = locate_model(model_name)
        config = load_config(location, 'CLIPTextConfig', attention_dropout=dropout)
        super().__init__(
            load_model(location, 'CLIPTextModelWithProjection', config),
            load_tokenizer(location),
            embed_dims=config.projection_dim,
            frozen_modules=frozen_modules,
            add_mask=add_mask,
            pad_value=pad_value,
            init_cfg=init_cfg,
        )

    def pool(self, tokens: dict[str, Tensor]) -> Tensor:
        """Projection of the end-of-text state: tokens (U, L) -> (U, D)."""
        return self.model(
            input_ids=tokens['input_ids'], attention_mask=tokens['attention_mask']
        ).text_embeds
