"""Shared by the tests of vl_runtime: small genuine text encoders and a video."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch


@pytest.fixture(scope='session')
def tiny_clip_folder(tmp_path_factory) -> Path:
    """A complete CLIP text model folder: 2 layers, hidden 16, D = 12, 77 tokens, seeded."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    source = Path(__file__).resolve().parents[1] / 'data' / 'golden' / 'yolo_world' / 'clip_tiny'
    folder = tmp_path_factory.mktemp('clip_tiny')
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(source))
        # The library's start values leave all texts nearly alike.
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    for file in source.iterdir():
        shutil.copy(file, folder / file.name)
    return folder


@pytest.fixture(scope='session')
def tiny_bert_folder(tmp_path_factory) -> Path:
    """A complete sentence encoder folder: BERT, 2 layers, hidden 16, 32 tokens, seeded."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp('bert_tiny')
    words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'red', 'blue', 'star', 'cat', 'dog']
    (folder / 'vocab.txt').write_text('\n'.join(words) + '\n')
    (folder / 'tokenizer_config.json').write_text(
        '{"tokenizer_class": "BertTokenizer", "model_max_length": 32}'
    )
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def clip(tmp_path) -> Path:
    """A video of three frames, 64 x 48: black, grey 100, grey 200."""
    path = tmp_path / 'clip.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 5, (64, 48))
    for value in (0, 100, 200):
        writer.write(np.full((48, 64, 3), value, np.uint8))
    writer.release()
    return path
