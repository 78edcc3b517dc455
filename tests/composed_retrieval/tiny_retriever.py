"""A retrieval model of the real classes, small enough for a test."""

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

import composed_retrieval  # noqa: F401  (registers)

WORDS = ('make the circle blue', 'add a red star', 'remove the square')
TINY = dict(
    type='ComposedRetriever',
    trunk=dict(
        type='BLIP2Trunk',
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=48,
        image_size=16,
        patch_size=4,
        initializer_range=0.2,
    ),
    qformer=dict(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=48,
        vocab_size=128,
        num_query_tokens=6,
        projection_dim=12,
        max_position_embeddings=64,
        dropout=0.0,
        initializer_range=0.2,
    ),
    tokenizer=dict(type='WordListTokenizer', words=WORDS, max_tokens=12),
)


@pytest.fixture
def tiny_config():
    """``tiny_config(**changes)``: the registry dict of a small model; dicts are merged."""

    def config(**changes):
        merged = {key: dict(value) if isinstance(value, dict) else value
                  for key, value in TINY.items()}  # fmt: skip
        for key, value in changes.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = {**merged[key], **value} if both else value
        return merged

    return config


@pytest.fixture
def tiny_model(tiny_config):
    """``tiny_model(**changes)``: built from the dict, weights of seed 0."""

    def build(**changes):
        torch.manual_seed(0)
        return MODELS.build(tiny_config(**changes))

    return build


def sample_of(caption='make the circle blue', target='b', reference_boxes=(), target_boxes=()):
    """What ``PackPictures`` makes of a pair."""
    sample = BaseDataElement(metainfo={'caption': caption, 'target': {'name': target}})
    for side, boxes in (('reference', reference_boxes), ('target', target_boxes)):
        value = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
        sample.set_field(value, f'{side}_boxes', dtype=torch.Tensor)
    return sample


@pytest.fixture
def pair_batch():
    """``pair_batch(num_pairs)``: uncollated pairs of random pictures, 16 x 16."""

    def batch(num_pairs=3, **sample_values):
        generator = torch.Generator().manual_seed(1)
        pictures = torch.randint(
            0, 256, (2, num_pairs, 3, 16, 16), dtype=torch.uint8, generator=generator
        )
        texts = [WORDS[index % len(WORDS)] for index in range(num_pairs)]
        samples = [sample_of(t, f'target{i}', **sample_values) for i, t in enumerate(texts)]
        sides = {'reference': list(pictures[0]), 'target': list(pictures[1])}
        return {'inputs': sides, 'data_samples': samples}

    return batch
