import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

import yolo_world  # noqa: F401


def build(**kwargs):
    return MODELS.build(dict(type='MaxSigmoidAttnBlock', **kwargs))


@pytest.mark.parametrize(
    'name',
    [
        'attn_max_sigmoid_einsum',
        'attn_max_sigmoid_noeinsum',
        'attn_max_sigmoid_scale_embedconv',
        'attn_max_sigmoid_depthwise_k1',
    ],
)
def test_output_equals_the_reference(golden_case, name):
    case = golden_case(name)
    block = case.load_into(build(**case.cfg)).eval()

    y = block(case.inputs['x'], case.inputs['guide'])

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)


def test_training_step_equals_the_reference(golden_case):
    case = golden_case('attn_max_sigmoid_train')
    block = case.load_into(build(**case.cfg)).train()
    x = case.inputs['x'].requires_grad_()
    guide = case.inputs['guide'].requires_grad_()

    y = block(x, guide)
    y.backward(case.inputs['grad_y'])

    found = {
        'y': y.detach(),
        'grad_x': x.grad,
        'grad_guide': guide.grad,
        'grad_bias': block.bias.grad,
        'grad_guide_fc_weight': block.guide_fc.weight.grad,
        'running_mean': block.project_conv.bn.running_mean,
        'running_var': block.project_conv.bn.running_var,
    }
    assert found.keys() == case.outputs.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, case.outputs[name], rtol=1e-4, atol=1e-5)


def test_gate_follows_the_best_matching_text():
    block = build(in_channels=2, out_channels=2, guide_channels=2, embed_channels=2).eval()
    block.project_conv = nn.Identity()
    block.guide_fc = nn.Identity()
    image = torch.tensor([[3.0, 0.0], [0.0, 1.0]]).reshape(1, 2, 1, 2)  # pixels (3, 0), (0, 1)
    texts = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])  # (B=1, K=2, T=2)

    gate = torch.sigmoid(torch.tensor([3.0, 1.0]) / 2**0.5)  # best score / sqrt(head width)

    torch.testing.assert_close(block(image, texts), image * gate)


@pytest.mark.parametrize('num_texts', [7, 300])
def test_output_without_gradient_equals_that_with_it(num_texts):
    shape = {'in_channels': 8, 'out_channels': 12, 'guide_channels': 6, 'embed_channels': 16}
    block = build(**shape, num_heads=4).eval()
    x, guide = torch.randn(2, 8, 5, 3), torch.randn(2, num_texts, 6)

    with torch.no_grad():
        found = block(x, guide)

    torch.testing.assert_close(found, block(x, guide))


def test_images_that_share_their_texts_get_what_each_would_alone():
    block = build(in_channels=8, out_channels=8, guide_channels=6, embed_channels=8).eval()
    x, guide = torch.randn(3, 8, 4, 4), torch.randn(1, 5, 6)

    found = block(x, guide.expand(3, -1, -1))

    torch.testing.assert_close(found, block(x, guide.repeat(3, 1, 1)))


def test_repeating_a_text_changes_nothing():
    block = build(in_channels=8, out_channels=8, guide_channels=6, embed_channels=8).eval()
    x, guide = torch.randn(1, 8, 4, 4), torch.randn(1, 3, 6)

    torch.testing.assert_close(block(x, guide), block(x, torch.cat([guide, guide[:, :1]], 1)))


def test_padding_texts_take_part_in_the_gate():
    block = build(in_channels=8, out_channels=8, guide_channels=6, embed_channels=8).eval()
    x, guide = torch.randn(1, 8, 4, 4), torch.randn(1, 3, 6)
    padded = torch.cat([guide, 3 * torch.ones(1, 1, 6)], 1)

    assert not torch.allclose(block(x, guide), block(x, padded))


def test_head_count_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match='num_heads=3 must divide out_channels=8'):
        build(in_channels=8, out_channels=8, guide_channels=6, embed_channels=9, num_heads=3)
