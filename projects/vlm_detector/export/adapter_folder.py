"""Trained weights as files that transformers and peft open without this toolkit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from vl_runtime.atomic_files import write_json, write_text
from vlm_detector.export.atomic_folder import atomic_folder
from vlm_detector.export.model_card import model_card
from vlm_detector.export.prompt_record import PROMPT_FILE, prompt_record
from vlm_detector.models.detectors import VLMDetector


def export_folder(
    detector: VLMDetector,
    folder: str | Path,
    *,
    classes: Sequence[str] = (),
    config_text: str | None = None,
    measured: Mapping[str, float] | None = None,
    weights: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write what was trained: an adapter, or the whole model if it has none.

    An adapter folder is read by ``PeftModel.from_pretrained(base, folder)``, a model folder by
    ``AutoModelForImageTextToText.from_pretrained(folder)``. Both hold the processor files with
    the pixel limits of the training, ``prompt.json`` (prompt, codec, limits, classes, score),
    ``README.md`` and, if it is given, ``config.py``. An older folder is replaced.

    Args:
        detector: with the weights.
        folder: to write.
        classes: names that it was trained with.
        config_text: the recipe.
        measured: metric -> value, for the model card.
        weights: state dict of ``detector.vlm`` (what trains is enough); its own by default.

    Raises:
        InputPermissionError: the folder can't be written.
    """
    record = prompt_record(detector, classes)
    with atomic_folder(folder) as target:
        if detector.has_adapter:
            _save_adapter(detector, target, weights)
        else:
            state = {**detector.vlm.state_dict(), **weights} if weights else None
            detector.vlm.save_pretrained(target, state_dict=state)
        detector.encoder.processor.save_pretrained(target)
        write_json(target / PROMPT_FILE, record, indent=2)
        card = model_card(record, is_adapter=detector.has_adapter, measured=measured)
        write_text(target / 'README.md', card)
        if config_text is not None:
            write_text(target / 'config.py', config_text)
    return Path(folder)


def _save_adapter(
    detector: VLMDetector, target: Path, weights: Mapping[str, Tensor] | None
) -> None:
    source = detector.source
    config = detector.vlm.peft_config['default']
    is_folder = Path(source.name).expanduser().is_dir()
    name = str(Path(source.name).expanduser().absolute()) if is_folder else source.name
    config.base_model_name_or_path, config.revision = name, source.revision
    # Without False peft may ask the hub whether the base has these embeddings.
    detector.vlm.save_pretrained(target, save_embedding_layers=False, state_dict=weights)
