import copy
import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from mmengine.runner.checkpoint import get_state_dict, load_state_dict
from safetensors.torch import save_file
from torch import nn

from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone, hugging_text_encoder


def build(folder, **settings):
    settings = {'frozen_modules': ['all'], **settings}
    return MODELS.build(
        dict(type='HuggingCLIPLanguageBackbone', model_name=str(folder), **settings)
    )


def count_texts(encoder):
    """A list that grows by the number of texts of every genuine forward pass."""
    counts = []
    encoder.model.register_forward_hook(
        lambda module, args, kwargs, output: counts.append(len(kwargs['input_ids'])),
        with_kwargs=True,
    )
    return counts


@pytest.fixture
def reference(golden, tmp_path):
    """The reference case and a model folder with its weights."""
    case = np.load(golden / 'yolo_world' / 'clip_language_backbone.npz', allow_pickle=False)
    folder = tmp_path / 'model'
    shutil.copytree(golden / 'yolo_world' / 'clip_tiny', folder)
    weights = {
        key.removeprefix('sd.'): torch.from_numpy(case[key]) for key in case if key[:3] == 'sd.'
    }
    save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})
    return case, weights, folder


def test_features_and_mask_equal_the_reference(reference):
    case, _, folder = reference
    encoder = build(folder, add_mask=True)

    feats, mask = encoder(json.loads(str(case['cfg']))['texts'])

    torch.testing.assert_close(
        feats, torch.from_numpy(case['out.text_feats']), rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(mask, torch.from_numpy(case['out.text_mask']))
    assert encoder.embed_dims == feats.shape[-1] == 12


def test_an_encoder_that_is_trained_gives_the_reference_too(reference):
    case, _, folder = reference
    encoder = build(folder, frozen_modules=[])

    feats, mask = encoder(json.loads(str(case['cfg']))['texts'])

    torch.testing.assert_close(
        feats.detach(), torch.from_numpy(case['out.text_feats']), rtol=1e-4, atol=1e-5
    )
    assert mask is None


def test_checkpoint_keys_are_the_published_ones(reference):
    _, weights, folder = reference

    assert set(build(folder).state_dict()) == {f'model.{key}' for key in weights}


def test_the_whole_clip_model_gives_its_text_tower(tmp_path, tiny_clip_folder):
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig

    text = CLIPTextConfig.from_pretrained(tiny_clip_folder).to_dict()
    sizes = ('hidden_size', 'intermediate_size', 'image_size')
    layers = ('num_hidden_layers', 'num_attention_heads')
    vision = {'patch_size': 4, **dict.fromkeys(sizes, 8), **dict.fromkeys(layers, 1)}
    whole = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12))
    whole.half().save_pretrained(tmp_path / 'whole')
    for file in ('vocab.json', 'merges.txt', 'tokenizer_config.json'):
        shutil.copy(tiny_clip_folder / file, tmp_path / 'whole')

    encoder = build(tmp_path / 'whole')

    torch.testing.assert_close(
        encoder.model.text_projection.weight, whole.text_projection.weight.float()
    )
    assert encoder([['dog']])[0].dtype == torch.float32


def test_a_fully_frozen_encoder_encodes_each_text_once(tiny_clip_folder):
    encoder = build(tiny_clip_folder)
    counts = count_texts(encoder)

    first, _ = encoder([['dog', 'cat'], ['dog', 'a car']])
    second, _ = encoder([['cat', 'a car']])
    encoder.train()
    third, _ = encoder([['a car', 'dog']])

    assert counts == [3]
    assert torch.equal(second[0], torch.stack([first[0, 1], first[1, 1]]))
    assert torch.equal(third[0], first[1].flip(0))


def test_the_next_run_finds_the_embeddings_on_disk(tiny_clip_folder):
    from vl_runtime.embedding_cache import _cache_in, shared_embedding_cache

    encoder = build(tiny_clip_folder)
    expected, _ = encoder([['dog']])
    shared_embedding_cache(encoder.identity, 12).flush()
    _cache_in.cache_clear()
    later = build(tiny_clip_folder)
    counts = count_texts(later)

    assert torch.equal(later([['dog']])[0], expected)
    assert counts == []


def test_embeddings_do_not_depend_on_the_padding_of_the_batch(tiny_clip_folder):
    encoder = build(tiny_clip_folder, frozen_modules=[]).eval()
    alone, _ = encoder([['dog']])
    padded, _ = encoder([['dog', 'a cat and a car and a dog']])

    torch.testing.assert_close(alone[:, 0], padded[:, 0], rtol=0, atol=1e-5)
    torch.testing.assert_close(padded.norm(dim=-1), torch.ones(1, 2))


@pytest.mark.parametrize('load', [nn.Module.load_state_dict, load_state_dict])
def test_other_weights_from_a_checkpoint_are_never_answered_from_old_embeddings(
    tiny_clip_folder, load
):
    encoder = build(tiny_clip_folder)
    identity = encoder.identity
    before, _ = encoder([['dog']])
    weights = copy.deepcopy(encoder.state_dict())
    weights['model.text_projection.weight'].neg_()

    load(encoder, weights)

    assert encoder.identity != identity
    torch.testing.assert_close(encoder([['dog']])[0], -before)
    assert build(tiny_clip_folder).identity == identity


def test_old_checkpoints_with_position_ids_load(tiny_clip_folder):
    holder = nn.ModuleDict({'text_model': build(tiny_clip_folder)})
    weights = holder.state_dict()
    weights['text_model.model.text_model.embeddings.position_ids'] = torch.arange(77)[None]

    assert not any(holder.load_state_dict(weights, strict=True))
    load_state_dict(holder, weights, strict=True)


def test_a_missing_text_weight_is_reported(tiny_clip_folder):
    encoder = build(tiny_clip_folder)
    weights = encoder.state_dict()
    del weights['model.text_projection.weight']

    result = encoder.load_state_dict(weights, strict=False)

    assert result.missing_keys == ['model.text_projection.weight']


def test_a_frozen_encoder_has_no_gradient_and_stays_in_eval_mode(tiny_clip_folder):
    encoder = build(tiny_clip_folder, dropout=0.5)

    assert encoder.train() is encoder
    assert encoder.eval() is encoder
    encoder.train()

    assert encoder.training
    assert not any(module.training for module in encoder.model.modules())
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert not encoder([['dog']])[0].requires_grad


def test_gradients_flow_past_frozen_parts(tiny_clip_folder):
    encoder = build(
        tiny_clip_folder,
        frozen_modules=['text_model.embeddings', 'text_model.encoder.layers.1'],
    ).train()
    names = ('text_model.embeddings.', 'text_model.encoder.layers.1.')

    feats, _ = encoder([['dog', 'a cat'], ['dog', '']])
    feats[..., 0].sum().backward()

    for name, parameter in encoder.model.named_parameters():
        assert (parameter.grad is None) == name.startswith(names), name
    assert not encoder.model.text_model.encoder.layers[1].training
    assert encoder.model.text_model.encoder.layers[0].training


def test_repeated_texts_collect_the_gradient_of_all(tiny_clip_folder):
    encoder = build(tiny_clip_folder, frozen_modules=())
    counts = count_texts(encoder)
    weight = encoder.model.text_projection.weight

    encoder([['dog', 'dog'], ['dog', 'dog']])[0][..., 0].sum().backward()
    four = weight.grad.clone()
    weight.grad = None
    encoder([['dog']])[0][..., 0].sum().backward()

    assert counts == [1, 1]
    torch.testing.assert_close(four, 4 * weight.grad)


def test_dropout_acts_on_attention_while_training(tiny_clip_folder):
    encoder = build(tiny_clip_folder, frozen_modules=(), dropout=0.5)
    texts = [['a dog and a cat']]

    assert encoder.model.config.attention_dropout == 0.5
    assert not torch.equal(encoder.train()(texts)[0], encoder(texts)[0])
    assert torch.equal(encoder.eval()(texts)[0], encoder(texts)[0])


def test_the_mask_follows_the_padding_text(tiny_clip_folder):
    encoder = build(tiny_clip_folder, add_mask=True, pad_value='pad')

    assert encoder([['dog', 'pad', '', ' ']])[1].tolist() == [[1, 0, 1, 1]]


def test_autocast_does_not_reach_the_cache(tiny_clip_folder):
    encoder = build(tiny_clip_folder)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        inside, _ = encoder([['dog']])
    trained = build(tiny_clip_folder, frozen_modules=())

    torch.testing.assert_close(inside, trained([['dog']])[0].detach(), rtol=0, atol=1e-6)


def test_initialisation_keeps_the_loaded_weights(tiny_clip_folder):
    encoder = build(tiny_clip_folder)
    identity = encoder.identity
    encoder.init_weights()

    assert encoder.identity == identity


def test_an_init_cfg_is_obeyed(tiny_clip_folder):
    encoder = build(tiny_clip_folder, init_cfg={'type': 'Constant', 'layer': 'Linear', 'val': 0.25})
    encoder.init_weights()

    assert (encoder.model.text_projection.weight == 0.25).all()


def test_a_copy_answers_alike(tiny_clip_folder):
    encoder = build(tiny_clip_folder)
    twin = copy.deepcopy(encoder)

    assert twin.identity == encoder.identity
    assert torch.equal(twin([['dog']])[0], encoder([['dog']])[0])
    assert set(get_state_dict(twin)) == set(encoder.state_dict())


def test_a_long_text_is_cut_with_one_warning(tiny_clip_folder, monkeypatch):
    lines = []
    monkeypatch.setattr(
        hugging_text_encoder, 'print_log', lambda text, **kwargs: lines.append(text)
    )
    encoder = build(tiny_clip_folder, frozen_modules=())
    text = 'dog ' * 200
    fits = 'dog ' * 75

    for _ in range(2):
        assert encoder([[text, fits]])[0].isfinite().all()

    assert len(lines) == 1
    assert lines[0].startswith(f'text {text!r} is longer than the 77 tokens')


@pytest.mark.parametrize(
    ('texts', 'message'),
    [
        ([['a'], ['a', 'b']], 'texts of image 1: expected 1 texts like image 0, found 2'),
        (['a', 'b'], "expected one list of strings per image, found \\['a', 'b'\\]"),
        ('dog', "expected one list of strings per image, found 'dog'"),
        ([], r'expected one list of strings per image, found \[\]'),
        ([[]], 'texts of image 0: expected at least one text, found none'),
        ([['a', ['b']]], r"texts of image 0: expected a string at index 1, found \['b'\]"),
    ],
)
def test_bad_texts_are_named(tiny_clip_folder, texts, message):
    encoder = build(tiny_clip_folder)
    with pytest.raises(InputValueError, match=message):
        encoder(texts)


def test_unknown_frozen_modules_are_named(tiny_clip_folder):
    with pytest.raises(
        InputValueError,
        match=r"expected 'all' or a sub-module of CLIPTextModelWithProjection at index 0, found "
        r"'text_model.encodr'. Did you mean 'text_model.encoder'",
    ):
        build(tiny_clip_folder, frozen_modules=['text_model.encodr'])
    with pytest.raises(InputValueError, match=r"a list of names such as \['all'\], found 'all'"):
        build(tiny_clip_folder, frozen_modules='all')


def test_the_published_arguments_are_accepted(tiny_clip_folder):
    encoder = HuggingCLIPLanguageBackbone(
        str(tiny_clip_folder), ['all'], dropout=0.0, training_use_cache=True, init_cfg=None
    )

    assert encoder.fully_frozen
