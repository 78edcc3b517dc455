import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError
from yolo_world.models.layers.image_pooling_attention import max_pool_to_grid

SMALL = {
    'type': 'ImagePoolingAttentionModule',
    'image_channels': [8, 16, 24],
    'text_channels': 12,
    'embed_channels': 16,
    'num_heads': 4,
}


@pytest.mark.parametrize('name', ['image_pool_attn_default', 'image_pool_attn_noeinsum_scale'])
def test_output_equals_the_reference(golden_case, name):
    case = golden_case(name)
    layer = MODELS.build(dict(type='ImagePoolingAttentionModule', **case.cfg))
    case.load_into(layer).eval()

    texts = layer(case.inputs['text'], case.levels('f'))

    torch.testing.assert_close(texts, case.outputs['y'], rtol=1e-4, atol=1e-5)


def test_a_new_scale_leaves_the_texts_as_they_are():
    layer = MODELS.build(dict(SMALL, with_scale=True))
    texts = torch.randn(1, 2, 12)
    levels = [torch.randn(1, c, 4, 4) for c in (8, 16, 24)]

    assert torch.equal(layer(texts, levels), texts)


@pytest.mark.parametrize('grid', [(3, 3), (7, 5), (10, 2), (80, 80)])
def test_pooling_is_torchs_adaptive_pooling(grid):
    feat = torch.randn(2, 3, *grid)

    pooled = max_pool_to_grid(feat, 3)

    assert torch.equal(pooled, torch.nn.functional.adaptive_max_pool2d(feat, 3))


def test_heads_must_divide_the_width():
    with pytest.raises(InputValueError, match='num_heads=3 must divide embed_channels=16'):
        MODELS.build(dict(SMALL, num_heads=3))


def test_number_of_levels_must_fit_the_channels():
    with pytest.raises(InputValueError, match=r'for 2 levels \(num_feats\), found \[8, 16, 24\]'):
        MODELS.build(dict(SMALL, num_feats=2))
