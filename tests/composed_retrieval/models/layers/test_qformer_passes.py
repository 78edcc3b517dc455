"""Reference outputs of the four passes, with weights, against the model."""

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.qformer_passes import TextTokens
from composed_retrieval.models.layers.unit_vectors import best_token_similarity, unit_vectors
from composed_retrieval.models.losses.relative_contrastive_loss import alignment_loss

VISION = (
    'hidden_size',
    'intermediate_size',
    'num_hidden_layers',
    'num_attention_heads',
    'image_size',
    'patch_size',
)
QFORMER = (
    'vocab_size',
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'intermediate_size',
    'max_position_embeddings',
    'cross_attention_frequency',
)


def golden_model(arrays):
    """The model that the arrays describe, with their weights; a tokenizer that is not used."""
    vision = dict(zip(VISION, arrays['cfg_vision'].tolist(), strict=True))
    qformer = dict(zip(QFORMER, arrays['cfg_qformer'].tolist(), strict=True))
    tokens, width = arrays['cfg_top'].tolist()
    entries = qformer.pop('vocab_size')
    model = MODELS.build(
        dict(
            type='ComposedRetriever',
            trunk=dict(type='BLIP2Trunk', **vision),
            qformer=dict(
                vocab_size=max(entries, 128),
                num_query_tokens=tokens,
                projection_dim=width,
                dropout=0.0,
                **qformer,
            ),
            tokenizer=dict(type='WordListTokenizer', words=['a']),
        )
    )
    words = model.embeddings.word_embeddings
    words.weight = torch.nn.Parameter(words.weight[:entries].detach().clone())
    weights = {key[3:]: torch.from_numpy(arrays[key]) for key in arrays if key.startswith('w::')}
    weights['temp'] = torch.from_numpy(arrays['in_temp'])
    weights['prompt_tokens'] = torch.from_numpy(arrays['in_prompt_tokens'])
    model.load_state_dict(weights, strict=True)
    return model.eval()


@pytest.fixture(params=['qformer_a', 'qformer_b'])
def case(request, golden_case):
    arrays = golden_case(request.param)
    text = TextTokens(
        torch.from_numpy(arrays['in_input_ids']), torch.from_numpy(arrays['in_attention_mask'])
    )
    return arrays, golden_model(arrays), text


def images(arrays, model):
    return [
        model.vision_model.normalised(model.image_tokens(torch.from_numpy(arrays[key])))
        for key in ('in_pixel_ref', 'in_pixel_tgt')
    ]


def assert_equal(values, expected, tolerance=1e-4):
    torch.testing.assert_close(
        values.detach(), torch.as_tensor(expected), atol=tolerance, rtol=0, check_dtype=False
    )


def query_feature(model, image, text, bias=None):
    prompt = model._passes.sentence_prompt(image, text, bias)
    states = model._passes.prompted_text(prompt, text)
    return prompt, unit_vectors(model.text_projection(states))


def test_every_pass_equals_the_reference(case):
    arrays, model, text = case
    reference, target = images(arrays, model)
    assert_equal(reference, arrays['out_ref_embeds'])
    assert_equal(target, arrays['out_tgt_embeds'])
    prompt, feature = query_feature(model, reference, text)
    assert_equal(prompt, arrays['out_sentence_prompt'])
    assert_equal(feature, arrays['out_query_feat'])
    pictures = unit_vectors(model.vision_projection(model._passes.picture(target)))
    assert_equal(pictures, arrays['out_target_feat'])
    auxiliary = model._passes.auxiliary_text(model.prompt_tokens, text)
    auxiliary = unit_vectors(model.text_projection(auxiliary))
    assert_equal(auxiliary, arrays['out_aux_feat'])
    assert_equal(best_token_similarity(feature, pictures), arrays['out_sim'])
    assert_equal(best_token_similarity(auxiliary, pictures), arrays['out_sim_aux'])


def test_attention_bias_in_the_fusion_pass_equals_the_reference(case):
    arrays, model, text = case
    reference, target = images(arrays, model)
    bias = torch.from_numpy(arrays['in_cross_bias'])
    _, feature = query_feature(model, reference, text, bias)
    assert_equal(feature, arrays['out_query_feat_biased'])
    pictures = unit_vectors(model.vision_projection(model._passes.picture(target)))
    assert_equal(best_token_similarity(feature, pictures), arrays['out_sim_biased'])


def test_losses_and_their_gradients_equal_the_reference(case):
    arrays, model, text = case
    model.tokenizer = lambda texts, device: text  # the reference tokens have no words
    count = len(text.ids)
    samples = [BaseDataElement(metainfo={'caption': 'a', 'target': {'name': 'a'}})] * count
    inputs = {
        'reference': torch.from_numpy(arrays['in_pixel_ref']),
        'target': torch.from_numpy(arrays['in_pixel_tgt']),
    }
    losses = model(inputs, samples, mode='loss')
    weights = {'itc': 1, 'rtc': 0.4, 'align': 0.4}
    for name, weight in weights.items():
        assert_equal(losses[f'loss_{name}'] / weight, arrays[f'out_loss_{name}'])
    total = sum(losses.values())
    assert_equal(total, arrays['out_total_loss'])
    total.backward()
    for name in ('query_tokens', 'prompt_tokens'):
        expected = torch.from_numpy(arrays[f'out_grad_{name}'])
        limit = 1e-3 * expected.abs().max()
        assert_equal(getattr(model, name).grad, expected, float(limit))


def test_alignment_has_no_gradient_for_the_learned_prompt(case):
    arrays, model, _ = case
    prompts = torch.from_numpy(arrays['out_sentence_prompt']).requires_grad_()
    rows = ProcessRows.of(len(prompts), prompts.device)
    alignment_loss(prompts, model.prompt_tokens, rows).backward()
    assert prompts.grad.abs().sum() > 0 and model.prompt_tokens.grad is None
