"""Text-guided gate of YOLO-World's neck.

Letters: B images, K texts, T text width, M heads, D channels per head.
"""

from __future__ import annotations

from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.max_sigmoid_gate import MaxSigmoidGate
from yolo_world.models.layers.shared_texts import without_copies


@MODELS.register_module()
class MaxSigmoidAttnBlock(MaxSigmoidGate):
    """Gate image features by the best-matching text.

    A pixel is amplified by the one text that it matches best; the number of texts
    never changes the output size, so the vocabulary can change after training.
    Padding texts are not left out: they take part in the maximum, as in the
    released weights.

    Args:
        in_channels, out_channels: of the image features before and after.
        guide_channels: T, the width of the text encoder (512 for CLIP ViT-B/32).
        embed_channels: width of the comparison space, split over the heads.
        *args, **kwargs: see ``MaxSigmoidGate``.

    Source: YOLO-World, arXiv:2401.17270, text-guided CSPLayer.
    """

    has_scale = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        guide_channels: int,
        embed_channels: int,
        *args,
        **kwargs,
    ) -> None:
        # The published order of the arguments differs from that of the other gates.
        super().__init__(in_channels, out_channels, embed_channels, guide_channels, *args, **kwargs)

    def _init_guide(self, guide_channels: int) -> None:
        self.guide_fc = nn.Linear(guide_channels, self.num_heads * self.head_channels)

    def guide_vectors(self, guide: Tensor) -> Tensor:
        """Vectors (B or 1, M, K, D) of the texts ``guide`` (B, K, T)."""
        vectors = self.guide_fc(without_copies(guide))
        return vectors.unflatten(2, (self.num_heads, self.head_channels)).transpose(1, 2)
