"""The detector of the reference's export case: 4 texts, 64 x 64, three levels."""

import copy

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

TEXTS = ['dog', 'cat', 'car', 'bus']


@pytest.fixture
def deploy_case(golden_case):
    return golden_case('deploy_outputs')


@pytest.fixture
def detector(deploy_case):
    """In evaluation mode, with its vocabulary."""
    model = MODELS.build(ConfigDict(copy.deepcopy(deploy_case.cfg))).eval()
    deploy_case.load_into(model)
    model.cfg_of_case = deploy_case.cfg
    model.set_vocabulary(TEXTS, text_feats=deploy_case.inputs['text_feats'])
    return model


@pytest.fixture
def pictures():
    """Three BGR pictures of different sizes."""
    generator = torch.Generator().manual_seed(3)
    return [
        torch.randint(0, 256, (*size, 3), generator=generator, dtype=torch.uint8).numpy()
        for size in ((64, 64), (40, 96), (120, 50))
    ]


@pytest.fixture
def build_simple():
    """The same weights with the vocabulary as prompts, built from a config."""

    def build(world):
        cfg = copy.deepcopy(world.cfg_of_case)
        cfg.update(type='SimpleYOLOWorldDetector', prompt_dim=12, num_prompts=4)
        model = MODELS.build(ConfigDict(cfg)).eval()
        model.load_state_dict({**world.state_dict(), 'embeddings': world.text_feats[0]})
        return model

    return build
