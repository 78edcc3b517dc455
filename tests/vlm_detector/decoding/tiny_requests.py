"""Requests about noise pictures, and models that answer them at length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from vlm_detector.codecs import BoxCodec
from vlm_detector.decoding import GenerationRequest
from vlm_detector.families import ConversationEncoder

FAMILIES = ('qwen3_vl', 'qwen2_5_vl', 'florence2')
CLASSES = ('cat', 'cathedral', 'red circle', '猫', '狗', 'the "big" \\ one')


@dataclass(frozen=True)
class Opened:
    """A model folder that was opened; don't change the model."""

    model: nn.Module
    encoder: ConversationEncoder
    codec: BoxCodec


def wake_up(model: nn.Module, seed: int) -> nn.Module:
    """An untied output layer with large random weights: long and varied answers."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(model.lm_head.weight.shape, generator=generator)
    model.lm_head.weight = nn.Parameter(weight)
    return model


def pictures(encoder: ConversationEncoder, sizes_hw, seed: int = 0) -> list:
    """Noise of these sizes as the model takes it."""
    generator = np.random.default_rng(seed)
    return [
        encoder.encode_image(generator.integers(0, 255, (*size, 3), dtype=np.uint8))
        for size in sizes_hw
    ]


def requests_of(
    encoder: ConversationEncoder, prompts_per_picture: list[list[str]]
) -> list[GenerationRequest]:
    """Pictures of mixed sizes, each with its prompts."""
    sizes = [(64, 96), (150, 70), (90, 90), (64, 64), (128, 200), (100, 160), (70, 64), (64, 130)]
    images = pictures(encoder, sizes[: len(prompts_per_picture)])
    return [
        GenerationRequest(image, prompt, CLASSES, key)
        for key, (image, prompts) in enumerate(zip(images, prompts_per_picture, strict=True))
        for prompt in prompts
    ]
