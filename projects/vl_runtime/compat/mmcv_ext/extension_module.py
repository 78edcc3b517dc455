"""The content of ``mmcv._ext``."""

from __future__ import annotations

from types import ModuleType

import torch

from . import deform_conv, focal_loss, ms_deform_attn, nms, roi_align, roi_pool
from .missing_op import missing_op
from .op_names import MISSING, SERVED


def get_compiler_version() -> str:
    """What mmcv's environment report shows as the compiler of its operators."""
    return f'none (operators on torch {torch.__version__})'


def get_compiling_cuda_version() -> str:
    """What mmcv's environment report shows as the CUDA of its operators."""
    return f'none (CUDA of torch: {torch.version.cuda or "not available"})'


_HERE = {
    'get_compiler_version': get_compiler_version,
    'get_compiling_cuda_version': get_compiling_cuda_version,
}


def _served() -> dict[str, object]:
    """Name -> function for all of ``SERVED``, looked up in the family files."""
    families = (nms, roi_align, roi_pool, deform_conv, focal_loss, ms_deform_attn)
    found = {name: getattr(family, name) for family in families for name in family.__all__}
    found.update(_HERE)
    assert found.keys() == SERVED.keys(), sorted(found.keys() ^ SERVED.keys())
    return found


def fill(module: ModuleType) -> None:
    """Put the served operators and a stand-in for each missing one into ``module``.

    A name that another version of mmcv asks for gets a stand-in too.
    """
    vars(module).update(_served())
    vars(module).update({name: missing_op(name) for name in MISSING})

    def __getattr__(name: str) -> object:
        if name.startswith('_'):
            raise AttributeError(f'module {module.__name__!r} has no attribute {name!r}')
        return missing_op(name)

    module.__getattr__ = __getattr__
