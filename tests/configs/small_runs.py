"""Real runs in seconds: narrow CLIP folders, and the tools as a user calls them."""

import os
import shutil
import sys
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig

from tests.tool_process import run as run_process

_NARROW = {'hidden_size': 16, 'intermediate_size': 16, 'num_attention_heads': 2}


def write_clip_folder(folder: Path, golden: Path, num_layers: int = 12, dim: int = 512) -> str:
    """A complete CLIP folder with random weights: narrow layers, ``dim`` wide embeddings."""
    tiny = golden / 'yolo_world' / 'clip_tiny'
    shape = {**_NARROW, 'num_hidden_layers': num_layers, 'projection_dim': dim}
    text = {**CLIPTextConfig.from_pretrained(tiny).to_dict(), **shape}
    torch.manual_seed(0)
    CLIPModel(
        CLIPConfig(text_config=text, vision_config=shape, projection_dim=dim)
    ).save_pretrained(folder)
    for name in ('merges.txt', 'vocab.json', 'tokenizer_config.json'):
        shutil.copy(tiny / name, folder / name)
    return str(folder)


def run_tool(repository: Path, tool: str, *arguments: object, cwd: Path) -> str:
    """What ``tools/<tool>`` prints; it has to succeed."""
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    command = [sys.executable, str(repository / 'tools' / tool), *map(str, arguments)]
    done = run_process(command, cwd=cwd, env=environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr
