"""transformers, imported at first use."""

from __future__ import annotations

import os
from types import ModuleType

from vl_runtime.compat.optional import require


def import_transformers() -> ModuleType:
    """The package; its tokenizers start no threads, which would warn at every loader's fork."""
    os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')
    return require('transformers', 'A retrieval model', 'pip install transformers')


def import_blip2() -> ModuleType:
    """The module with the parts of BLIP-2, some of which have no public name."""
    import_transformers()
    return require(
        'transformers.models.blip_2.modeling_blip_2',
        'A retrieval model',
        'pip install transformers',
    )
