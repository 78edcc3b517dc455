"""A whole conversion: read the file, rename its weights, hold them against a model, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor

from composed_retrieval.checkpoint_conversion.model_sizes import sizes_of, weight_shapes
from composed_retrieval.weights import RetrieverWeights, check_backbone, read_weights, to_lavis
from vl_runtime.atomic_files import atomic_path
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.errors import InputKeyError, InputValueError

TARGETS = ('composed_retriever', 'sprc')
# SPRC's files have the weights under the name of its class.
_SPRC_CLASS = 'Blip2QformerCirAlignPrompt'
# Only SPRC trains them; with BLIP-2's weights they start as a recipe starts them.
_MAY_BE_ABSENT = ('temp', 'prompt_tokens')


@dataclass(frozen=True)
class RetrieverConversion:
    """What ``convert_retriever`` did.

    Attributes:
        weights: as they were read, under our names.
        num_matched: weights of the model that are in the file; none is missing.
        absent: of ``temp`` and ``prompt_tokens``, those that the file has not.
        unexpected: weights of the file that a model of this kind has no place for.
        dropped: lines about what of ours has no place in SPRC's layout.
    """

    weights: RetrieverWeights
    num_matched: int
    absent: tuple[str, ...]
    unexpected: tuple[str, ...]
    dropped: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What happened, for people."""
        lines = [f'source: {self.weights.kind}', *self.weights.lines(), *self.dropped]
        lines.append(f'matched: {self.num_matched} keys')
        lines.append('missing: 0 keys')
        if self.absent:
            names = ', '.join(self.absent)
            lines.append(f'not in the file, stay as the recipe starts them: {names}')
        lines.append(f'unexpected (kept): {len(self.unexpected)} keys')
        return lines


def convert_retriever(
    source: str,
    out: str | Path,
    *,
    config: Config | None = None,
    target: str = 'composed_retriever',
    trust: bool = False,
) -> RetrieverConversion:
    """Write the weights of a retrieval model in our layout, or in SPRC's.

    Args:
        source: a file of SPRC, LAVIS, transformers or ours, a folder of transformers, or a hub
            name such as Salesforce/blip2-itm-vit-g.
        out: the new checkpoint.
        config: a recipe whose model the weights have to fit; without one, the sizes are taken
            from the weights themselves.
        target: one of ``TARGETS``.
        trust: open a file of one's own with all its objects.

    Raises:
        InputFileNotFoundError: there is no ``source``.
        InputKeyError: an unknown target, or a recipe of another kind of model.
        InputValueError: the weights are of another model or backbone, or some are missing.
    """
    if target not in TARGETS:
        raise InputKeyError(f'target: expected one of {", ".join(TARGETS)}, found {target!r}.')
    with trusted_checkpoints(trust):
        weights = read_weights(str(source))
    state = weights.state_dict
    expected = weight_shapes(*_sizes(config, state, str(source)))
    check_backbone(expected, state, str(source))
    missing = [key for key in expected if key not in state]
    if missing:
        raise InputValueError(
            f'{source}: nothing was written: {len(missing)} of {len(expected)} weights are '
            f'missing, first: {missing[0]}.'
        )
    dropped: tuple[str, ...] = ()
    content = {'meta': {'converted_from': Path(source).name}, 'state_dict': state}
    if target == 'sprc':
        theirs = to_lavis(state)
        dropped = tuple(theirs.lines())
        content = {'epoch': 0, _SPRC_CLASS: theirs.state_dict}
    with atomic_path(Path(out)) as temporary:
        torch.save(content, temporary)
    return RetrieverConversion(
        weights,
        num_matched=len(expected),
        absent=tuple(key for key in _MAY_BE_ABSENT if key not in state),
        unexpected=tuple(k for k in state if k not in expected and k not in _MAY_BE_ABSENT),
        dropped=dropped,
    )


def _sizes(config: Config | None, state: dict[str, Tensor], source: str) -> tuple[dict, dict]:
    if config is None:
        return sizes_of(state, source)
    model = config.get('model') or {}
    if model.get('type') != 'ComposedRetriever':
        raise InputKeyError(
            f'{config.filename}: expected a model of type ComposedRetriever, found '
            f'{model.get("type")!r}.'
        )
    return model['trunk'], model['qformer']
