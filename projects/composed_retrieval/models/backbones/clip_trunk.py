"""CLIP's image encoder as a trunk."""

from __future__ import annotations

from mmengine.registry import MODELS
from torch import Tensor

from composed_retrieval.models.backbones.image_trunk import ImageTrunk
from composed_retrieval.models.layers.transformers_library import import_transformers


@MODELS.register_module()
class CLIPTrunk(ImageTrunk):
    """transformers' ``CLIPVisionModel`` without its last layer norm.

    BLIP-2's ViT-L is CLIP ViT-L/14 without its last block: 23 layers.

    Args:
        hidden_size, num_hidden_layers, num_attention_heads, intermediate_size: of the ViT;
            BLIP-2's ViT-L has 1024, 23, 16, 4096.
        image_size, patch_size, dtype, frozen: see ``ImageTrunk``.
    """

    def __init__(
        self,
        hidden_size: int,
        num_hidden_layers: int,
        *,
        num_attention_heads: int,
        intermediate_size: int,
        image_size: int = 224,
        patch_size: int = 14,
        dtype: str = 'float32',
        frozen: bool = True,
    ) -> None:
        super().__init__(image_size, patch_size, dtype=dtype, frozen=frozen)
        transformers = import_transformers()
        config = transformers.CLIPVisionConfig(
            hidden_size=hidden_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            intermediate_size=intermediate_size,
            image_size=image_size,
            patch_size=patch_size,
            hidden_act='quick_gelu',
        )
        model = transformers.CLIPVisionModel(config)
        self.embeddings = model.embeddings
        self.pre_layrnorm = model.pre_layrnorm  # transformers' spelling is part of the names
        self.encoder = model.encoder
        self._finish(hidden_size)

    def _tokens(self, pixels: Tensor) -> Tensor:
        states = self.pre_layrnorm(self.embeddings(pixels))
        return self.encoder(inputs_embeds=states).last_hidden_state
