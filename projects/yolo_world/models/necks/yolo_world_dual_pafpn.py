"""The v1 neck: texts guide the image levels, and the image updates the texts in between.

Letters: B images, K texts, T text width.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.registry import MODELS
from torch import Tensor

from yolo_world.models.layers import freeze
from yolo_world.models.necks.yolo_world_pafpn import YOLOWorldPAFPN

# Nothing writes to it: a copy is completed below.
TEXT_ENHANCER = {
    'type': 'ImagePoolingAttentionModule',
    'embed_channels': 256,
    'num_heads': 8,
    'pool_size': 3,
}


@MODELS.register_module()
class YOLOWorldDualPAFPN(YOLOWorldPAFPN):
    """``YOLOWorldPAFPN`` whose bottom-up path uses texts that have looked at the image.

    The updated texts stay inside the neck: the head compares with the original ones.

    Args:
        *args, freeze_all, **kwargs: of ``YOLOWorldPAFPN``.
        text_enhancder: type and options of the module that updates the texts;
            channels and number of levels are filled in here. (The published
            configs spell the name like this.)

    Source: YOLO-World, arXiv:2401.17270, text-guided CSPLayer and image-pooling attention.
    """

    def __init__(
        self,
        *args,
        text_enhancder: dict = TEXT_ENHANCER,
        freeze_all: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, freeze_all=freeze_all, **kwargs)
        self.text_enhancer = MODELS.build(
            {
                **text_enhancder,
                'image_channels': [int(width * self.widen_factor) for width in self.out_channels],
                'text_channels': self.guide_channels,
                'num_feats': len(self.out_channels),
            }
        )
        if freeze_all:
            freeze(self)

    def forward(self, img_feats: Sequence[Tensor], txt_feats: Tensor) -> tuple[Tensor, ...]:
        """Fuse levels and texts.

        Args:
            img_feats: one (B, C_i, H_i, W_i) map per level, fine to coarse.
            txt_feats: (B, K, T).

        Returns:
            One map per level, same grids as ``img_feats``.
        """
        inner = self.top_down(img_feats, txt_feats)
        return self.bottom_up(inner, self.text_enhancer(txt_feats, inner))
