"""The attention slot of a text-guided layer without its text gate."""

from __future__ import annotations

from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor

from yolo_world.models.layers.layer_defaults import BATCH_NORM
from yolo_world.models.layers.linear_conv import linear_conv


@MODELS.register_module()
class VanillaSigmoidBlock(BaseModule):
    """Only the gated convolution of ``MaxSigmoidAttnBlock``: no gate, no text.

    The constructor is that of ``MaxSigmoidAttnBlock``, so one block can replace
    the other in a config; ``guide_channels``, ``embed_channels`` and
    ``with_scale`` describe the absent gate and have no effect.

    Source: the efficient neck of YOLO-World's re-parameterised models.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        guide_channels: int,
        embed_channels: int,
        kernel_size: int = 3,
        padding: int = 1,
        num_heads: int = 1,
        use_depthwise: bool = False,
        with_scale: bool = False,
        conv_cfg: dict | None = None,
        norm_cfg: dict = BATCH_NORM,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.project_conv = linear_conv(
            in_channels, out_channels, kernel_size, padding, use_depthwise, conv_cfg, norm_cfg
        )

    def forward(self, x: Tensor, guide: Tensor | None = None) -> Tensor:
        """Project ``x`` (B, in, H, W) to (B, out, H, W); ``guide`` is not looked at."""
        return self.project_conv(x)
