import pytest
import torch
import transformers
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputFileNotFoundError, InputValueError

VIT = {
    'hidden_size': 16,
    'intermediate_size': 32,
    'num_hidden_layers': 3,
    'num_attention_heads': 2,
    'image_size': 32,
    'patch_size': 8,
}


@pytest.fixture
def saved(tmp_path):
    """``saved(model)``: the folder of a genuine model with random weights."""

    def save(model):
        folder = tmp_path / type(model).__name__
        model.save_pretrained(folder)
        return str(folder)

    return save


@pytest.fixture
def clip_vision(saved):
    return saved(transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**VIT)))


@pytest.fixture
def swin(saved):
    config = transformers.SwinConfig(
        image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2],
        window_size=2,
    )  # fmt: skip
    return saved(transformers.SwinModel(config))


def build(folder, **options):
    return MODELS.build({'type': 'HuggingVisionBackbone', 'model_name': folder, **options})


def test_hierarchical_model_gives_maps_of_growing_stride(swin):
    backbone = build(swin, out_indices=(1, 2, 3)).eval()

    levels = backbone(torch.randn(2, 3, 64, 64))

    assert [tuple(level.shape) for level in levels] == [
        (2, 16, 8, 8), (2, 32, 4, 4), (2, 64, 2, 2),
    ]  # fmt: skip
    expected = backbone.model(torch.zeros(1, 3, 64, 64), output_hidden_states=True)
    assert torch.equal(backbone(torch.zeros(1, 3, 64, 64))[0], expected.reshaped_hidden_states[1])


@pytest.mark.parametrize('size', [(32, 32), (48, 64)])
def test_tokens_become_maps_without_the_class_token(clip_vision, size):
    backbone = build(clip_vision, out_indices=(0, 3)).eval()
    image = torch.randn(2, 3, *size)

    levels = backbone(image)

    grid = size[0] // 8, size[1] // 8
    assert [tuple(level.shape) for level in levels] == [(2, 16, *grid)] * 2
    states = backbone.model(
        image, output_hidden_states=True, interpolate_pos_encoding=True
    ).hidden_states
    # the second row's first patch follows the class token and the first row
    assert torch.equal(levels[1][:, :, 1, 0], states[3][:, 1 + grid[1]])


def test_model_of_images_and_texts_gives_its_image_part(saved):
    text = {key: VIT[key] for key in list(VIT)[:4]}
    config = transformers.CLIPConfig(text_config=dict(text, vocab_size=90), vision_config=VIT)
    backbone = build(saved(transformers.CLIPModel(config)), out_indices=(2,))

    assert backbone(torch.randn(1, 3, 32, 32))[0].shape == (1, 16, 4, 4)
    assert not any('text' in name for name, _ in backbone.named_parameters())


def test_frozen_modules_get_no_gradient_and_stay_in_eval_mode(clip_vision):
    whole = build(clip_vision, frozen_modules=['all'])
    assert whole.train() is whole
    assert not any(module.training for module in whole.model.modules())
    assert not whole(torch.randn(1, 3, 32, 32))[0].requires_grad

    free = build(clip_vision, out_indices=(3,))
    free(torch.randn(1, 3, 32, 32))[0].sum().backward()
    assert any(p.grad is not None for p in free.parameters())


def test_initialising_keeps_the_loaded_weights(clip_vision):
    backbone = build(clip_vision)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}

    backbone.init_weights()

    for name, value in backbone.state_dict().items():
        assert torch.equal(value, before[name])


def test_index_beyond_the_layers_is_told(clip_vision):
    backbone = build(clip_vision, out_indices=(9,))
    with pytest.raises(InputValueError, match=r'out_indices has 9, .* gives 4 hidden states'):
        backbone(torch.randn(1, 3, 32, 32))


def test_unknown_frozen_module_is_told(clip_vision):
    with pytest.raises(InputValueError, match="frozen_modules: expected 'all' or a sub-module"):
        build(clip_vision, frozen_modules=['encodr'])


def test_missing_folder_is_told():
    with pytest.raises(InputFileNotFoundError, match=r"image encoder '\./nowhere': no such folder"):
        build('./nowhere')
