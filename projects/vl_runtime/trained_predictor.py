"""A predictor for the tools: one that would answer with random weights is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from vl_runtime.checkpoints import require_weights
from vl_runtime.config_files import load_config
from vl_runtime.inference import Predictor


def trained_predictor(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    device: str = 'auto',
    *,
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> Predictor:
    """``Predictor.from_checkpoint`` with weights from somewhere.

    Args:
        config: recipe; of one that is loaded already ``cfg_options`` don't change anything.
        checkpoint: weights; None for the recipe's ``load_from``, a model as its makers trained
            it, or one behind a server.

    Raises:
        UserInputError: as ``Predictor.from_checkpoint``; and InputValueError for a model that
            needs a checkpoint and has none.
    """
    recipe = config if isinstance(config, Config) else load_config(config, cfg_options)
    predictor = Predictor.from_checkpoint(
        recipe, checkpoint, device, trust_checkpoint=trust_checkpoint
    )
    require_weights(predictor.model, checkpoint or recipe.get('load_from'), str(recipe.filename))
    return predictor
