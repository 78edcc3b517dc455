"""Weights of a small model in both layouts, through files."""

import pytest
import torch
from huggingface_hub import constants
from mmengine.config import Config
from mmengine.registry import MODELS

from composed_retrieval.checkpoint_conversion import convert_retriever
from composed_retrieval.checkpoint_conversion.model_sizes import sizes_of, weight_shapes
from composed_retrieval.weights import from_lavis, to_lavis
from vl_runtime.checkpoints import load_weights


@pytest.fixture
def sprc_file(tiny_model, tmp_path):
    """A file as SPRC writes it, in half precision where SPRC has it, with parts nobody needs."""
    model = tiny_model(trunk=dict(dtype='float16'))
    for block in model.vision_model.encoder.layers:
        with torch.no_grad():  # no bias of the keys in that layout
            block.self_attn.qkv.bias.copy_(torch.randn(72)).view(3, 24)[1] = 0
    weights = to_lavis(model.state_dict()).state_dict
    weights |= {
        'Qformer.cls.predictions.bias': torch.zeros(3),
        'Qformer.bert.embeddings.position_ids': torch.zeros(1, 4),
        'region_proj.weight': torch.zeros(2, 2),
    }
    path = tmp_path / 'tuned.pt'
    torch.save({'epoch': 3, 'Blip2QformerCirAlignPrompt': weights}, path)
    return path, model


def outputs(model):
    model.eval()
    generator = torch.Generator().manual_seed(2)
    tokens = model.image_tokens(torch.rand(2, 3, 16, 16, generator=generator))
    texts = ['make the circle blue', 'add a red star']
    return model.target_features(tokens), model.query_features(tokens, texts)


def test_a_sprc_file_gives_the_same_outputs_with_no_key_missing(sprc_file, tiny_config, tmp_path):
    path, model = sprc_file
    out = tmp_path / 'ours.pth'
    conversion = convert_retriever(str(path), out)
    assert conversion.absent == conversion.unexpected == ()
    text = '\n'.join(conversion.lines())
    assert 'missing: 0 keys' in text and 'LAVIS layout' in text
    for key in ('Qformer.cls.predictions.bias', 'position_ids', 'region_proj.weight'):
        assert key in text
    other = MODELS.build(tiny_config(trunk=dict(dtype='float16')))
    other.load_state_dict(torch.load(out)['state_dict'], strict=True)
    assert torch.equal(torch.cat([o.flatten() for o in outputs(model)]),
                       torch.cat([o.flatten() for o in outputs(other)]))  # fmt: skip
    back = tmp_path / 'back.pt'
    convert_retriever(str(out), back, target='sprc')
    written, original = torch.load(back), torch.load(path)
    for key, value in written['Blip2QformerCirAlignPrompt'].items():
        assert torch.equal(value, original['Blip2QformerCirAlignPrompt'][key])
    assert len(original['Blip2QformerCirAlignPrompt']) == 3 + len(
        written['Blip2QformerCirAlignPrompt']
    )


def test_a_folder_of_transformers_is_read_and_lacks_only_what_sprc_adds(
    tiny_model, tiny_config, tmp_path
):
    transformers = pytest.importorskip('transformers')
    vision = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, image_size=16)
    qformer = dict(vocab_size=128, hidden_size=24, num_hidden_layers=2, num_attention_heads=3)
    config = transformers.Blip2Config(
        vision_config=dict(vision, intermediate_size=48, patch_size=4, initializer_range=0.02),
        qformer_config=dict(
            qformer,
            intermediate_size=48,
            max_position_embeddings=64,
            cross_attention_frequency=2,
            use_qformer_text_input=True,
        ),
        num_query_tokens=6,
        image_text_hidden_size=12,
    )
    folder = tmp_path / 'released'
    transformers.Blip2ForImageTextRetrieval(config).save_pretrained(folder)
    conversion = convert_retriever(str(folder), tmp_path / 'ours.pth')
    assert conversion.absent == ('temp', 'prompt_tokens') and conversion.unexpected == ()
    assert 'stay as the recipe starts them: temp, prompt_tokens' in '\n'.join(conversion.lines())

    model = MODELS.build(tiny_config(pretrained=str(folder)))
    before = model.prompt_tokens.clone()
    model.init_weights()
    state = torch.load(tmp_path / 'ours.pth')['state_dict']
    own = model.state_dict()
    assert all(torch.equal(own[key], value) for key, value in state.items())
    assert torch.equal(model.prompt_tokens, before) and model.temp.item() == pytest.approx(0.07)


def test_the_sizes_of_a_model_can_be_told_from_its_weights(tiny_model):
    model = tiny_model()
    state = model.state_dict()
    trunk, qformer = sizes_of(state, 'file')
    expected = {k: v.shape for k, v in state.items() if k not in ('temp', 'prompt_tokens')}
    assert weight_shapes(trunk, qformer) == expected
    assert (trunk['image_size'], trunk['patch_size']) == (16, 4)


def test_the_part_for_vit_g_has_the_published_number_of_parameters(repository):
    part = Config.fromfile(repository / 'configs/_base_/models/composed_retriever_vit_g.py')
    model = part.composed_retriever_vit_g
    shapes = weight_shapes(model.trunk, model.qformer)
    assert sum(shape.numel() for shape in shapes.values()) == 1_172_032_258
    assert len(shapes) == 809
    by_part = {'vision_model': 985_952_256, 'qformer': 161_825_280, 'embeddings': 23_834_880}
    by_part |= {'vision_projection': 196_864, 'text_projection': 196_864, 'itm_head': 1_538}
    for name, count in by_part.items():
        sizes = (s.numel() for key, s in shapes.items() if key.startswith(f'{name}.'))
        assert sum(sizes) == count
    lavis = to_lavis({key: torch.empty(shape, device='meta') for key, shape in shapes.items()})
    assert not lavis.left_out
    back = from_lavis(lavis.state_dict, 'file')
    assert {key: value.shape for key, value in back.state_dict.items()} == shapes


def test_the_other_vision_transformer_of_blip2_keeps_its_outputs_too(tiny_config, tmp_path):
    trunk = {k: v for k, v in tiny_config()['trunk'].items() if k != 'initializer_range'}
    config = {**tiny_config(), 'trunk': {**trunk, 'type': 'CLIPTrunk'}}
    model = MODELS.build(config)
    weights = to_lavis(model.state_dict())
    assert not weights.left_out
    assert 'visual_encoder.transformer.resblocks.1.attn.in_proj_weight' in weights.state_dict
    torch.save({'model': weights.state_dict}, tmp_path / 'lavis.pth')
    convert_retriever(str(tmp_path / 'lavis.pth'), tmp_path / 'ours.pth')
    other = MODELS.build(config)
    other.load_state_dict(torch.load(tmp_path / 'ours.pth')['state_dict'], strict=True)
    for one, two in zip(outputs(model), outputs(other)):
        assert torch.equal(one, two)


def test_the_part_for_vit_l_builds(repository):
    part = Config.fromfile(repository / 'configs/_base_/models/composed_retriever_vit_l.py')
    model = part.composed_retriever_vit_l
    shapes = weight_shapes(model.trunk, model.qformer)
    assert shapes['vision_model.embeddings.position_embedding.weight'] == (257, 1024)
    key = 'qformer.encoder.layer.0.crossattention.attention.key.weight'
    assert shapes[key] == (768, 1024)


def test_a_recipe_of_another_backbone_is_one_line_with_both_shapes(
    sprc_file, tiny_config, tmp_path
):
    path, _ = sprc_file
    for changes, message in (
        (dict(patch_size=8), r'patch_embedding.weight is \(24, 3, 8, 8\) in the model and '
         r'\(24, 3, 4, 4\) in the file'),
        (dict(image_size=32), r'position_embedding is \(1, 65, 24\) .* \(1, 17, 24\) in the file'),
        (dict(num_hidden_layers=3), 'vision_model has 3 layers in the model and 2 in the file'),
    ):  # fmt: skip
        config = Config(dict(model=tiny_config(trunk=changes)))
        with pytest.raises(ValueError, match=message) as caught:
            convert_retriever(str(path), tmp_path / 'no.pth', config=config)
        assert '\n' not in str(caught.value) and not (tmp_path / 'no.pth').exists()


def test_loading_says_the_same(sprc_file, tiny_model, tmp_path):
    path, model = sprc_file
    weights = {'state_dict': model.state_dict()}
    other = tiny_model(trunk=dict(hidden_size=48))
    with pytest.raises(
        ValueError, match=r'another backbone: .* \(48, 3, 4, 4\) .* \(24, 3, 4, 4\)'
    ):
        load_weights(other, weights, source='stage1.pth')
    unconverted = {'state_dict': to_lavis(model.state_dict()).state_dict}
    with pytest.raises(ValueError, match=r'tuned.pt: .* convert them first: python tools/convert_'):
        load_weights(other, unconverted, source=str(path))
    fits = tiny_model()
    report = load_weights(fits, weights, source='stage1.pth', require_all=True)
    assert report.complete


def test_files_that_are_no_such_model_are_one_clear_line(sprc_file, tmp_path, tiny_model):
    path, model = sprc_file
    other = tmp_path / 'other.pth'
    torch.save({'state_dict': {'neck.weight': torch.zeros(2)}}, other)
    part = tmp_path / 'part.pth'
    state = model.state_dict()
    state.pop('qformer.layernorm.bias')
    torch.save({'state_dict': state}, part)
    text = tmp_path / 'text.pth'
    torch.save({'epoch': 3, 'names': ['a']}, text)
    for source, message in (
        (
            other,
            'expected weights of a BLIP-2 or SPRC retrieval model, found none for vision_model',
        ),
        (part, r'nothing was written: 1 of \d+ weights are missing, first: qformer.layernorm.bias'),
        (text, 'expected weights: a dict of tensors, or one under'),
    ):
        with pytest.raises(ValueError, match=message):
            convert_retriever(str(source), tmp_path / 'no.pth')
    with pytest.raises(
        KeyError, match="target: expected one of composed_retriever, sprc, found 'a'"
    ):
        convert_retriever(str(path), tmp_path / 'no.pth', target='a')
    recipe = Config(dict(model=dict(type='YOLOWorldDetector')))
    with pytest.raises(KeyError, match="expected a model of type ComposedRetriever, found 'YOLOW"):
        convert_retriever(str(path), tmp_path / 'no.pth', config=recipe)
    with pytest.raises(FileNotFoundError):
        convert_retriever(str(tmp_path / 'none.pth'), tmp_path / 'no.pth')
    with pytest.raises(ValueError, match='expected all weights of BLIP-2, found 1 missing'):
        tiny_model(pretrained=str(part)).init_weights()


def test_a_hub_name_without_network_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
    monkeypatch.setattr(constants, 'HF_HUB_CACHE', str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r'HF_HUB_OFFLINE is set\. Ways out') as caught:
        convert_retriever('Salesforce/blip2-itm-vit-g', tmp_path / 'no.pth')
    assert '\n' not in str(caught.value)


def test_a_lonely_bias_is_refused():
    with pytest.raises(
        ValueError, match=r'expected visual_encoder\.blocks\.0\.attn\.v_bias beside'
    ):
        from_lavis({'visual_encoder.blocks.0.attn.q_bias': torch.zeros(2)}, 'file')
