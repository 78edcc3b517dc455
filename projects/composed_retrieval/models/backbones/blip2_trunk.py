"""The image encoder of BLIP-2."""

from __future__ import annotations

from mmengine.registry import MODELS
from torch import Tensor

from composed_retrieval.models.backbones.image_trunk import ImageTrunk
from composed_retrieval.models.layers.transformers_library import import_transformers


@MODELS.register_module()
class BLIP2Trunk(ImageTrunk):
    """transformers' ``Blip2VisionModel`` (EVA-CLIP ViT) without its last layer norm.

    Args:
        hidden_size, num_hidden_layers, num_attention_heads, intermediate_size: of the ViT;
            ViT-g/14 has 1408, 39, 16, 6144.
        image_size, patch_size, dtype, frozen: see ``ImageTrunk``.
        initializer_range: standard deviation of random weights (transformers' default of
            1e-10 would make all tokens equal).
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
        initializer_range: float = 0.02,
    ) -> None:
        super().__init__(image_size, patch_size, dtype=dtype, frozen=frozen)
        transformers = import_transformers()
        config = transformers.Blip2VisionConfig(
            hidden_size=hidden_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            intermediate_size=intermediate_size,
            image_size=image_size,
            patch_size=patch_size,
            initializer_range=initializer_range,
        )
        model = transformers.Blip2VisionModel(config)
        self.embeddings = model.embeddings
        self.encoder = model.encoder
        self._finish(hidden_size)

    def _tokens(self, pixels: Tensor) -> Tensor:
        return self.encoder(inputs_embeds=self.embeddings(pixels)).last_hidden_state
