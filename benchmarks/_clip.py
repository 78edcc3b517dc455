"""CLIP's text tower with random weights and a tokenizer of single characters, as a folder."""

from __future__ import annotations

import json
import string
from pathlib import Path

# Widths of ViT-B/32's text tower.
FULL = dict(hidden_size=512, intermediate_size=2048, num_attention_heads=8, num_hidden_layers=12)
ENDS = ('<|startoftext|>', '<|endoftext|>')


def write_clip(folder: Path, embed_dims: int, **widths: int) -> None:
    """Write what ``HuggingCLIPLanguageBackbone`` loads, by default as large as ViT-B/32."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    folder.mkdir(parents=True, exist_ok=True)
    letters = string.digits + string.ascii_letters + string.punctuation
    vocabulary = [*letters, *(f'{letter}</w>' for letter in letters), *ENDS]
    config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        projection_dim=embed_dims,
        bos_token_id=len(vocabulary) - 2,
        eos_token_id=len(vocabulary) - 1,
        pad_token_id=len(vocabulary) - 1,
        **(widths or FULL),
    )
    CLIPTextModelWithProjection(config).save_pretrained(folder)
    (folder / 'vocab.json').write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}))
    (folder / 'merges.txt').write_text('#version: 0.2\n')
    special = dict(bos_token=ENDS[0], eos_token=ENDS[1], unk_token=ENDS[1], pad_token=ENDS[1])
    (folder / 'tokenizer_config.json').write_text(
        json.dumps(dict(tokenizer_class='CLIPTokenizer', model_max_length=77, **special))
    )
