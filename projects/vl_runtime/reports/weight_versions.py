"""One model with more than one set of weights: with its adapter, without it, merged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from torch import nn

from vl_runtime.errors import InputKeyError, InputValueError

PLAIN = 'model'
VERSIONS = ('base', 'adapter', 'merged')


@contextlib.contextmanager
def weights_in_use(model: nn.Module, version: str) -> Iterator[None]:
    """Let ``model`` answer with another version of its weights inside the block.

    A model that has versions brings a method ``weights_in_use(version)``, a context manager.

    Args:
        model: of any kind.
        version: 'model' for the weights as they were loaded, else one of ``VERSIONS``.

    Raises:
        InputValueError: the model has no versions.
    """
    if version == PLAIN:
        yield
        return
    switch = getattr(model, 'weights_in_use', None)
    if switch is None:
        raise InputValueError(
            f'--compare {version}: expected a model with an adapter, found {type(model).__name__}; '
            'evaluate it without --compare, and put two checkpoints side by side with '
            'tools/compare.py.'
        )
    with switch(version):
        yield


def versions_of(model: nn.Module) -> tuple[str, ...]:
    """What is worth seeing side by side: base and adapter, or the model alone."""
    return ('base', 'adapter') if getattr(model, 'has_adapter', False) else (PLAIN,)


def check_versions(versions: Sequence[str]) -> tuple[str, ...]:
    """``versions``, each once; ('model',) if there is none.

    Raises:
        InputKeyError: an unknown one.
    """
    for version in versions:
        if version not in VERSIONS:
            raise InputKeyError(
                f'--compare: expected some of {", ".join(VERSIONS)}, found {version!r}.'
            )
    return tuple(dict.fromkeys(versions)) or (PLAIN,)
