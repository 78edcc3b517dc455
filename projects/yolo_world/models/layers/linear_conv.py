"""The convolution whose output the attention blocks gate."""

from __future__ import annotations

from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule


def linear_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    padding: int,
    use_depthwise: bool,
    conv_cfg: dict | None,
    norm_cfg: dict,
) -> ConvModule | DepthwiseSeparableConvModule:
    """Convolution of stride 1 with normalisation and without activation."""
    conv = DepthwiseSeparableConvModule if use_depthwise else ConvModule
    return conv(
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=padding,
        conv_cfg=conv_cfg,
        norm_cfg=norm_cfg,
        act_cfg=None,
    )
