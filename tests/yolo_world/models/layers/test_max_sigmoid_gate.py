import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

KINDS = ['RepConvMaxSigmoidAttnBlock', 'RepMatrixMaxSigmoidAttnBlock']


def test_another_embedding_width_equals_the_reference(golden_case):
    case = golden_case('attn_rep_conv_embedconv')
    block = MODELS.build(dict(type='RepConvMaxSigmoidAttnBlock', **case.cfg))
    case.load_into(block).eval()

    y = block(case.inputs['x'])

    torch.testing.assert_close(y, case.outputs['y'], rtol=1e-4, atol=1e-5)


def test_stored_classes_act_as_the_texts_that_they_were_made_of():
    """Both forms against the text-guided block, whose ``guide_fc`` made the classes."""
    torch.manual_seed(0)
    sizes = dict(in_channels=12, out_channels=16, embed_channels=24, num_heads=2)
    guided = MODELS.build(dict(type='MaxSigmoidAttnBlock', guide_channels=7, **sizes)).eval()
    texts, x = torch.randn(5, 7), torch.randn(2, 12, 4, 3)
    classes = guided.guide_fc(texts).detach()
    for kind in KINDS:
        block = MODELS.build(dict(type=kind, guide_channels=5, **sizes)).eval()
        block.load_state_dict(guided.state_dict(), strict=False)
        with torch.no_grad():
            if kind == 'RepConvMaxSigmoidAttnBlock':
                for head, conv in enumerate(block.guide_convs):
                    conv.weight.copy_(classes[:, head * 12 : head * 12 + 12, None, None])
            else:
                block.guide_weight.copy_(classes.view(5, 12, 2))

        expected = guided(x, texts.expand(2, -1, -1))

        torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(block(x, texts), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('kind', KINDS)
def test_published_order_of_the_first_arguments(kind):
    """Here the embedding width comes before the number of classes."""
    block = MODELS.get(kind)(16, 16, 8, 5, num_heads=2, with_scale=True, use_einsum=False).eval()

    assert block.guide_vectors().shape == (2, 5, 4)
    assert not any('scale' in name for name, _ in block.named_parameters())
    assert block(torch.randn(1, 16, 4, 4)).shape == (1, 16, 4, 4)


@pytest.mark.parametrize('kind', KINDS)
def test_heads_that_do_not_divide_the_width_are_refused(kind):
    with pytest.raises(ValueError, match='num_heads=3 must divide out_channels=16'):
        MODELS.get(kind)(16, 16, 16, 5, num_heads=3)


def test_gradients_reach_the_classes():
    for kind in KINDS:
        block = MODELS.get(kind)(8, 8, 8, 5, num_heads=2)
        block(torch.randn(2, 8, 4, 4)).square().sum().backward()
        guide = [p for name, p in block.named_parameters() if name.startswith('guide')]
        assert all(p.grad.abs().sum() > 0 for p in guide)
