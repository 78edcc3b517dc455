"""Image trunks against the transformers models that their parts come from."""

import pytest
import torch
import transformers
from mmengine.registry import MODELS

SIZES = dict(hidden_size=24, num_attention_heads=3, intermediate_size=48, patch_size=4)
PICTURES = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def build(kind, **values):
    return MODELS.build(dict(SIZES, type=kind, image_size=16, num_hidden_layers=2, **values))


def test_blip2_behind_the_layer_norm_is_what_transformers_gives():
    trunk = build('BLIP2Trunk').eval()
    config = transformers.Blip2VisionConfig(**SIZES, image_size=16, num_hidden_layers=2)
    model = transformers.Blip2VisionModel(config).eval()
    model.load_state_dict(trunk.state_dict(), strict=True)
    model.post_layernorm.eps = 1e-5  # the published value
    expected = model(PICTURES).last_hidden_state
    torch.testing.assert_close(trunk.normalised(trunk(PICTURES)), expected)


def test_clip_gives_the_hidden_state_one_before_the_last():
    trunk = build('CLIPTrunk').eval()
    config = transformers.CLIPVisionConfig(**SIZES, image_size=16, num_hidden_layers=3)
    model = transformers.CLIPVisionModel(config).eval()
    weights = {k: v for k, v in trunk.state_dict().items() if not k.startswith('post_layernorm')}
    missing = model.load_state_dict(weights, strict=False)
    assert not missing.unexpected_keys
    hidden = model(PICTURES, output_hidden_states=True).hidden_states
    torch.testing.assert_close(trunk(PICTURES), hidden[-2])


@pytest.mark.parametrize('kind', ['BLIP2Trunk', 'CLIPTrunk'])
def test_only_the_last_layer_norm_is_trained(kind):
    trunk = build(kind, dtype='float16').train()
    trained = {name for name, weight in trunk.named_parameters() if weight.requires_grad}
    assert trained == {'post_layernorm.weight', 'post_layernorm.bias'}
    tokens = trunk(PICTURES)
    assert tokens.shape == (2, 17, 24) and tokens.dtype == torch.float16
    assert not tokens.requires_grad and not trunk.encoder.training
    assert trunk.normalised(tokens).dtype == torch.float32
    assert trunk.normalised(tokens).requires_grad


def test_random_tokens_of_different_pictures_differ():
    trunk = build('BLIP2Trunk')
    tokens = trunk.normalised(trunk(PICTURES))
    assert (tokens[0] - tokens[1]).abs().max() > 0.1
