"""The tiny models of the demo: random ones to start from, taught ones to build on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from vl_runtime.checkpoints import load_weights
from vl_runtime.demo.shapes_data import PHRASES, ShapesSpec, make_shapes_dataset
from vlm_detector.families.tiny import save_tiny_model

DEMO_SHAPES = ShapesSpec()  # the pictures of `make demo`
# Further ones, by folder. All 16 phrases occur in the last one.
TAUGHT, NEW_PHRASES = 'taught', 'new_phrases'
Specs = Mapping[str, ShapesSpec]
MORE_SPECS: Specs = {
    TAUGHT: ShapesSpec(num_train=5400, num_val=0, num_test=0, seed=4),
    NEW_PHRASES: ShapesSpec(num_train=0, num_val=0, num_test=600, seed=2),
}
QUICK_SHAPES = ShapesSpec(num_train=16, num_val=4, num_test=24)
QUICK_SPECS: Specs = {
    TAUGHT: ShapesSpec(num_train=16, num_val=0, num_test=0, seed=4),
    NEW_PHRASES: ShapesSpec(num_train=0, num_val=0, num_test=16, seed=2),
}
_COMPLETE = 'complete.txt'


def prepare_start(family_name: str, folder: str | Path, seed: int = 0) -> Path:
    """A folder with random weights whose tokenizer knows the words of the shapes, kept if there."""
    folder = Path(folder)
    marker = folder / _COMPLETE
    if not marker.exists() or marker.read_text() != str(seed):
        shutil.rmtree(folder, ignore_errors=True)
        save_tiny_model(family_name, folder, size='demo', corpus=PHRASES, seed=seed)
        marker.write_text(str(seed))
    return folder


def prepare_data(
    shapes_root: str | Path,
    more_root: str | Path,
    shapes: ShapesSpec = DEMO_SHAPES,
    more: Specs = MORE_SPECS,
) -> None:
    """Draw the pictures of ``make demo`` and further ones for training, or keep them.

    Args:
        shapes_root: of the pictures of ``make demo``.
        more_root: gets a folder for each of ``more``.
        shapes, more: what is drawn.
    """
    make_shapes_dataset(shapes_root, shapes)
    for name, spec in more.items():
        make_shapes_dataset(Path(more_root) / name, spec)


def save_taught(config: Config, checkpoint: str | Path, folder: str | Path) -> Path:
    """Write the trained model as a folder that ``from_pretrained`` opens, for adapters on top.

    Args:
        config: the recipe that it was trained with, without LoRA.
        checkpoint: its weights.
        folder: replaced when it is there.
    """
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with DefaultScope.overwrite_default_scope(config.default_scope), torch.random.fork_rng([]):
        detector = MODELS.build(config.model)
    load_weights(detector, checkpoint, require_all=True)
    detector.vlm.save_pretrained(folder)
    detector.encoder.processor.save_pretrained(folder)
    return folder
