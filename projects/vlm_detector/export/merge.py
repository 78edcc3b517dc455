"""An adapter added into the weights of its base, and the proof that nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.checkpoints import load_checkpoint_file, load_weights
from vl_runtime.compat.optional import require
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vlm_detector.export.atomic_folder import atomic_folder
from vlm_detector.export.model_card import model_card
from vlm_detector.export.prompt_record import PROMPT_FILE, prompt_record
from vlm_detector.families import FAMILIES, ConversationEncoder
from vlm_detector.families.model_source import INSTALL, ModelSource, locate_source

LARGEST_DIFFERENCE = 1e-5  # of logits, float32
_CARD_DEFAULTS = {'prompts': {'detection': {'name': 'not recorded', 'text': ''}}}


@dataclass(frozen=True)
class MergeReport:
    """What was merged.

    Attributes:
        folder: the merged model.
        difference: largest difference of logits between adapter and merged weights, float32.
        dtype: of the written weights.
    """

    folder: Path
    difference: float
    dtype: str


def merge_adapter(
    source: str | Path, out: str | Path, *, base: str | None = None, dtype: str = 'auto'
) -> MergeReport:
    """Write the merged model of an adapter folder or of a checkpoint of a LoRA training.

    The addition is done in float32 on the base without quantisation, also when the adapter
    was trained on a quantised one (adding to 4-bit weights would round it away).

    Args:
        source: adapter folder, or ``.pth`` file with its recipe inside.
        out: folder of the merged model.
        base: the base model, when it is not where the adapter says.
        dtype: of the written weights; 'auto' as the base has it.

    Raises:
        InputFileNotFoundError, InputValueError: nothing to merge there, or the merged weights
            give other logits.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        model, encoder, record = _from_folder(path, base)
    elif path.is_file():
        model, encoder, record = _from_checkpoint(path, base)
    else:
        raise InputFileNotFoundError(f'{path}: no such adapter folder or checkpoint.')
    arguments = _probe(encoder)
    before = _logits(model, arguments)
    merged = model.merge_and_unload().eval()
    difference = float((before - _logits(merged, arguments)).abs().max())
    if not difference <= LARGEST_DIFFERENCE:
        raise InputValueError(
            f'{path}: expected merged weights with the same logits (within {LARGEST_DIFFERENCE}), '
            f'found a difference of {difference:.2g}; nothing was written.'
        )
    kind = _base_dtype(encoder.source) if dtype == 'auto' else dtype
    with atomic_folder(out) as target:
        merged.to(getattr(torch, kind)).save_pretrained(target)
        encoder.processor.save_pretrained(target)
        write_json(target / PROMPT_FILE, record, indent=2)
        write_text(target / 'README.md', model_card(record, is_adapter=False, measured=None))
    return MergeReport(Path(out), difference, kind)


def _from_folder(path: Path, base: str | None) -> tuple[nn.Module, ConversationEncoder, dict]:
    if not (path / 'adapter_config.json').is_file():
        raise InputFileNotFoundError(
            f'{path}: expected an adapter folder, found no adapter_config.json in it.'
        )
    config = read_json(path / 'adapter_config.json')
    name = base or config.get('base_model_name_or_path')
    if not name:
        raise InputValueError(
            f'{path}/adapter_config.json: expected base_model_name_or_path, found none; name the '
            'base with --base.'
        )
    located = locate_source(name, None if base else config.get('revision'))
    model_type = read_json(Path(located.folder) / 'config.json').get('model_type')
    family = next((one for one in FAMILIES.values() if one.model_type == model_type), None)
    if family is None:
        raise InputValueError(
            f'{located.folder}: expected a model of {", ".join(FAMILIES)}, found {model_type!r}.'
        )
    record_file = path / PROMPT_FILE
    record = read_json(record_file) if record_file.is_file() else {}
    if record.get('family', family.name) != family.name:
        raise InputValueError(
            f'{path}: an adapter of {record["family"]} does not fit the base model {located.name} '
            f'({family.name}); name its own base with --base.'
        )
    pixels = record.get('pixels', {})
    limits = {key: pixels.get(key) for key in ('min_pixels', 'max_pixels')}
    encoder = family.load_encoder(located, **limits)
    peft = require('peft', 'Merging an adapter', INSTALL)
    try:
        model = peft.PeftModel.from_pretrained(family.load_model(located), path)
    except (RuntimeError, ValueError, OSError) as error:
        line = ' '.join(str(error).split())[:200]
        raise InputValueError(
            f'{path}: does not fit the base model {located.name}: {line}'
        ) from error
    defaults = {'base_model': located.name, 'classes': [], 'codec': {'name': family.codec_name}}
    return model, encoder, {**defaults, **_CARD_DEFAULTS, **record}


def _from_checkpoint(path: Path, base: str | None) -> tuple[nn.Module, ConversationEncoder, dict]:
    checkpoint = load_checkpoint_file(path)
    text = (checkpoint.get('meta') or {}).get('cfg')
    if not text:
        raise InputValueError(
            f'{path}: expected a checkpoint of a training with its recipe inside, found none; '
            'give the adapter folder instead.'
        )
    model = Config.fromstring(text, '.py').model
    if not model.get('lora'):
        raise InputValueError(f'{path}: was trained without LoRA, so there is nothing to merge.')
    if model.get('quantization'):
        print_log(
            'The base was quantised in training; merging into the unquantised one.', 'current'
        )
    model.update(quantization=None, data_preprocessor=None, gradient_checkpointing=False)
    model.model.update(dtype='float32', **({'source': base} if base else {}))
    detector = MODELS.build(model)
    load_weights(detector, checkpoint, source=str(path), require_all=True)
    meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
    record = prompt_record(detector, meta.get('classes') or ())
    return detector.vlm.eval(), detector.encoder, record


def _probe(encoder: ConversationEncoder) -> dict[str, Tensor]:
    """A picture and an answer whose logits are compared."""
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    image = encoder.encode_image(pixels)
    item = {
        'image': image,
        'prompt_ids': encoder.prompt_ids('Locate all objects.', image),
        'answer_ids': encoder.answer_ids('[{"bbox_2d":[10,20,300,400],"label":"object"}]'),
    }
    batch = encoder.batch([item])
    return {key: value for key, value in batch.items() if key != 'labels'}


@torch.no_grad()
def _logits(model: Callable, arguments: Mapping[str, Any]) -> Tensor:
    return model(**arguments, use_cache=False).logits.float()


def _base_dtype(source: ModelSource) -> str:
    config = read_json(Path(source.folder) / 'config.json')
    found = config.get('dtype') or config.get('torch_dtype') or 'float32'
    return str(found)
