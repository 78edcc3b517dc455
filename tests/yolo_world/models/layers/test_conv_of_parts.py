import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn
from torch.nn import functional as F

from yolo_world.models.layers.conv_of_parts import conv_of_parts
from yolo_world.models.layers.plain_conv import is_plain_conv1x1


def layer(in_channels):
    torch.manual_seed(0)
    module = ConvModule(
        in_channels, 6, 1, norm_cfg={'type': 'BN'}, act_cfg={'type': 'SiLU', 'inplace': True}
    )
    module.norm.running_mean.normal_()
    module.norm.running_var.uniform_(0.5, 2)
    return module.eval()


def maps(batch, coarse):
    first = torch.randn(batch, 4, 3, 5) if coarse else torch.randn(batch, 4, 6, 10)
    return [first, torch.randn(batch, 2, 6, 10), torch.randn(batch, 3, 6, 10)]


def concatenated(parts):
    first = parts[0]
    if first.shape[-1] != parts[-1].shape[-1]:
        first = F.interpolate(first, scale_factor=2.0)
    return torch.cat([first, *parts[1:]], dim=1)


@pytest.mark.parametrize('gradient', [False, True])
@pytest.mark.parametrize('coarse', [False, True])
@pytest.mark.parametrize('batch', [1, 3])
def test_sum_of_products_equals_the_convolution_of_the_concatenation(batch, coarse, gradient):
    module, parts = layer(9), maps(batch, coarse)

    with torch.set_grad_enabled(gradient):
        found = conv_of_parts(module, parts)
        torch.testing.assert_close(found, module(concatenated(parts)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('coarse', [False, True])
def test_a_training_step_gives_the_same_gradients_and_statistics(coarse):
    found, expected = layer(9).train(), layer(9).train()
    parts = [part.requires_grad_() for part in maps(2, coarse)]
    weight = torch.randn(2, 6, 6, 10)

    (conv_of_parts(found, parts) * weight).sum().backward()
    gradients = [part.grad.clone() for part in parts]
    for part in parts:
        part.grad = None
    (expected(concatenated(parts)) * weight).sum().backward()

    torch.testing.assert_close(found.conv.weight.grad, expected.conv.weight.grad)
    torch.testing.assert_close(gradients, [part.grad for part in parts])
    torch.testing.assert_close(found.norm.running_var, expected.norm.running_var)


def test_a_convolution_with_fused_batch_norm_keeps_its_bias():
    module = ConvModule(9, 6, 1, norm_cfg=None, act_cfg=None).eval()
    nn.init.normal_(module.conv.bias)
    parts = maps(1, coarse=True)

    with torch.no_grad():
        torch.testing.assert_close(conv_of_parts(module, parts), module(concatenated(parts)))


def test_autocast_gives_the_narrow_type():
    module, parts = layer(9), maps(1, coarse=True)

    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        found, expected = conv_of_parts(module, parts), module(concatenated(parts))

    torch.testing.assert_close(found.float(), expected.float(), rtol=0.05, atol=0.05)
    assert found.dtype == torch.bfloat16


class Doubled(nn.Conv2d):
    """A convolution that does more than its weight says, as a low-rank adapter does."""

    def forward(self, x):
        return 2 * super().forward(x)


def test_layers_that_wrap_a_convolution_are_called():
    module, parts = layer(9), maps(1, coarse=True)
    doubled = Doubled(9, 6, 1, bias=False)
    doubled.load_state_dict(module.conv.state_dict())
    module.conv = doubled

    with torch.no_grad():
        torch.testing.assert_close(conv_of_parts(module, parts), module(concatenated(parts)))


def test_hooks_are_called():
    conv = nn.Conv2d(3, 3, 1)
    assert is_plain_conv1x1(conv)
    conv.register_forward_hook(lambda *_: None)
    assert not is_plain_conv1x1(conv)


def test_a_traced_graph_has_one_convolution():
    module, parts = layer(9), maps(1, coarse=True)
    module.requires_grad_(False)
    traced = torch.jit.trace(lambda *parts: conv_of_parts(module, parts), parts)

    assert str(traced.inlined_graph).count('aten::_convolution') == 1
    torch.testing.assert_close(traced(*parts), module(concatenated(parts)))


def test_channels_last_maps_stay_so():
    module = layer(9).to(memory_format=torch.channels_last)
    parts = [part.to(memory_format=torch.channels_last) for part in maps(1, coarse=True)]

    with torch.no_grad():
        found = conv_of_parts(module, parts)

    assert found.is_contiguous(memory_format=torch.channels_last)
