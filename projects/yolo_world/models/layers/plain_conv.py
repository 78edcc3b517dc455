"""Which convolutions may be replaced by arithmetic with their weight."""

from __future__ import annotations

from torch import nn


def is_plain_conv1x1(conv: nn.Module) -> bool:
    """Whether calling ``conv`` means ``conv.weight @ x + conv.bias`` per pixel and no more.

    False for layers that wrap a convolution or look at its calls (low-rank adapters, pruning,
    quantisation, hooks): only a call does what they add.
    """
    return (
        type(conv) is nn.Conv2d
        and conv.kernel_size == conv.stride == (1, 1)
        and conv.padding == (0, 0)
        and conv.groups == 1
        and not conv._forward_hooks
        and not conv._forward_pre_hooks
    )
