"""A complete small CLIP model: both towers and the tokenizer, random weights."""

import shutil

import numpy as np
import pytest
import torch


@pytest.fixture(scope='session')
def whole_clip_folder(tmp_path_factory, tiny_clip_folder):
    """Images of 32 x 32, patches of 8, D = 12; the text tower is that of ``tiny_clip_folder``."""
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModelWithProjection

    vision = {
        'hidden_size': 16,
        'intermediate_size': 32,
        'num_hidden_layers': 2,
        'num_attention_heads': 2,
        'image_size': 32,
        'patch_size': 8,
        'projection_dim': 12,
    }
    text = CLIPTextConfig.from_pretrained(tiny_clip_folder).to_dict()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12))
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    tower = CLIPTextModelWithProjection.from_pretrained(tiny_clip_folder)
    model.load_state_dict(tower.state_dict(), strict=False)
    folder = tmp_path_factory.mktemp('clip_whole')
    model.save_pretrained(folder)
    for file in tiny_clip_folder.iterdir():
        if file.name not in ('config.json', 'model.safetensors'):
            shutil.copy(file, folder / file.name)
    return folder


@pytest.fixture
def pictures():
    """Three pictures of different shapes, uint8, BGR."""
    generator = np.random.default_rng(0)
    shapes = ((40, 60, 3), (80, 32, 3), (32, 32, 3))
    return [generator.integers(0, 256, shape).astype(np.uint8) for shape in shapes]
